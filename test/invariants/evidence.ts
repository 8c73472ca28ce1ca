import { readFileSync, readdirSync } from "node:fs"
import * as path from "node:path"
import { simulationChecks } from "../../src/simulation/Checks.ts"
import { allModels } from "../model/model.ts"
import type { Evidence } from "./table.ts"
import { titlesOf } from "./titles.ts"

export const root = path.resolve(import.meta.dirname, "../..")

/** What the tests, the models and the simulator say they check. */
export const gatherEvidence = (): Evidence => {
  const files = readdirSync(path.join(root, "test"), { recursive: true, encoding: "utf8" })
    .filter((file) => file.endsWith(".test.ts"))
    .toSorted()
    .map((file) => path.join("test", file))
  const read = files.map((file) => ({ file, ...titlesOf(readFileSync(path.join(root, file), "utf8")) }))
  return {
    tests: read.flatMap(({ file, tests }) =>
      tests
        .filter(({ invariants }) => invariants.length > 0)
        .map(({ invariants, title }) => ({ file, title, invariants }))
    ),
    simulation: simulationChecks.map(({ invariant, name }) => ({ name, invariants: [invariant] })),
    models: allModels.map(({ invariants, name }) => ({ name: `test/model/${name}.ts`, invariants })),
    unreadable: read.flatMap(({ file, unreadable }) =>
      unreadable.map((title) => `no number can be read in ${file}, "${title}"`)
    )
  }
}
