import { assert, describe, it } from "@effect/vitest"
import { execFileSync } from "node:child_process"
import * as path from "node:path"
import { generate } from "../../src/simulation/Generate.ts"
import { simulate } from "../../src/simulation/Simulate.ts"

const seeds = Array.from({ length: 12 }, (_, index) => 1_000 + index)

describe("The same seed", () => {
  it("gives the same trace, byte for byte, twice in a row", () => {
    for (const seed of seeds) {
      const once = simulate(generate(seed), { keepTrace: true })
      const again = simulate(generate(seed), { keepTrace: true })
      assert.isAbove(once.trace.length, 10)
      assert.strictEqual(again.trace.join("\n"), once.trace.join("\n"), `seed ${seed}`)
      assert.strictEqual(again.digest, once.digest)
    }
  })

  it("gives the same trace in another process", () => {
    const program = path.join(import.meta.dirname, "digests.ts")
    const printed = execFileSync(process.execPath, [program, ...seeds.map(String)], { encoding: "utf8" })
    assert.deepStrictEqual(
      printed.split("\n"),
      seeds.map((seed) => simulate(generate(seed)).digest)
    )
  })

  it("is told from another by its trace", () => {
    assert.strictEqual(new Set(seeds.map((seed) => simulate(generate(seed)).digest)).size, seeds.length)
  })

  it("does not depend on whether the trace is kept", () => {
    for (const seed of seeds.slice(0, 3)) {
      assert.strictEqual(simulate(generate(seed)).digest, simulate(generate(seed), { keepTrace: true }).digest)
    }
  })
})
