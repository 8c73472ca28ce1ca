import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { execFileSync } from "node:child_process"
import { existsSync, mkdirSync, readdirSync, truncateSync, writeFileSync } from "node:fs"
import { dirname, join } from "node:path"
import type { BackendSpec } from "../../src/domain/BackendSpec.ts"
import { emptyCatalog } from "../../src/domain/Catalog.ts"
import { namesFileBytes } from "../../src/gateway/NamesFile.ts"
import { catalogFileBytes, openStateFiles } from "../../src/gateway/StateFiles.ts"
import { statusDirectory, statusSweepFiles, sweepStatusFiles } from "../../src/gateway/StatusSweep.ts"
import { MemoryBackend } from "./memoryBackend.ts"
import { memoryGateway, specOf } from "./memoryGateway.ts"
import { freshDirectory } from "./memoryState.ts"

const stdio = { type: "stdio", command: "x", args: [], env: {}, secrets: [], envPass: [], cwd: undefined } as const

/** Saves a catalog for one backend; whether another finds it. */
const isKnownTo = (saved: BackendSpec, asked: BackendSpec) => {
  const files = openStateFiles(freshDirectory())
  return Effect.as(files.saveCatalog(saved, emptyCatalog), undefined).pipe(
    Effect.map(() => files.catalogOf(asked) !== undefined)
  )
}

const onlyCatalogOf = (directory: string): string => {
  const [name = ""] = readdirSync(join(directory, "catalogs"))
  return join(directory, "catalogs", name)
}

describe("the catalog of a backend", () => {
  it.effect("is kept inside of the state directory, whatever the backend is called", () =>
    Effect.gen(function* () {
      const directory = join(freshDirectory(), "state")
      for (const name of ["../../evil", "..", "a/b", "a_b"]) {
        yield* openStateFiles(directory).saveCatalog(specOf(name), emptyCatalog)
      }
      assert.deepStrictEqual(readdirSync(dirname(directory)), ["state"])
      assert.lengthOf(readdirSync(join(directory, "catalogs")), 4)
    })
  )

  it.effect("is forgotten when a variable of its environment changes, and its value is stored nowhere", () =>
    Effect.gen(function* () {
      const given = specOf("a", { launch: { ...stdio, env: { A: "1", B: "2" } } })
      const turned = specOf("a", { launch: { ...stdio, env: { B: "2", A: "1" } } })
      const changed = specOf("a", { launch: { ...stdio, env: { A: "1", B: "3" } } })
      assert.isTrue(yield* isKnownTo(given, turned))
      assert.isFalse(yield* isKnownTo(given, changed))
    })
  )

  it.effect("does not block the start when a pipe stands in its place, and is not read when it is too large", () =>
    Effect.gen(function* () {
      const [directory, spec] = [freshDirectory(), specOf("a")]
      const files = openStateFiles(directory)
      yield* files.saveCatalog(spec, emptyCatalog)
      const file = onlyCatalogOf(directory)
      truncateSync(file, catalogFileBytes + 1)
      assert.isUndefined(files.catalogOf(spec))
      execFileSync("rm", [file])
      execFileSync("mkfifo", [file, join(directory, "names.json")])
      assert.isUndefined(files.catalogOf(spec))
      assert.strictEqual(files.names().size, 0)
    })
  )
})

it.effect("names are neither read nor written beyond their bound", () =>
  Effect.gen(function* () {
    const directory = freshDirectory()
    const files = openStateFiles(directory)
    yield* files.saveNames({ a: "x" })
    const refused = yield* Effect.flip(files.saveNames({ b: "y".repeat(namesFileBytes) }))
    assert.include(refused.message, `more than ${namesFileBytes} bytes`)
    assert.deepStrictEqual([...files.names()], [["a", "x"]])
    truncateSync(join(directory, "names.json"), namesFileBytes + 1)
    assert.strictEqual(files.names().size, 0)
  })
)

describe("a status file", () => {
  it.effect("is gone once its gateway has ended, also when it was being written", () =>
    Effect.gen(function* () {
      for (let run = 0; run < 20; run++) {
        const backends = [new MemoryBackend(specOf("a"), { tools: ["x"] })]
        const stateDirectory = freshDirectory()
        yield* Effect.scoped(memoryGateway({ backends, stateDirectory }))
        yield* Effect.promise(() => new Promise((resolve) => setImmediate(resolve)))
        const left = existsSync(statusDirectory(stateDirectory)) ? readdirSync(statusDirectory(stateDirectory)) : []
        assert.deepStrictEqual(left, [])
      }
    })
  )

  it("of a gateway that was killed is swept, a bounded number at once, and that of a live one stays", () => {
    const directory = freshDirectory()
    for (const part of ["instances", "status"]) mkdirSync(join(directory, part))
    writeFileSync(join(directory, "instances", "live.json"), "")
    for (const name of ["live.json", "live.json.x.tmp", "dead.json.x.tmp"]) {
      writeFileSync(join(directory, "status", name), "")
    }
    for (let number = 0; number < statusSweepFiles; number++) {
      writeFileSync(join(directory, "status", `${number}.json`), "")
    }
    sweepStatusFiles(directory)
    assert.lengthOf(readdirSync(join(directory, "status")), 3)
    sweepStatusFiles(directory)
    assert.sameMembers(readdirSync(join(directory, "status")), ["live.json", "live.json.x.tmp"])
  })
})
