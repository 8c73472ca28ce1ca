import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as TestClock from "effect/testing/TestClock"
import { mkdirSync, readdirSync } from "node:fs"
import { join } from "node:path"
import { emptyCatalog, type Catalog } from "../../src/domain/Catalog.ts"
import { fork } from "../../src/kernel/Fork.ts"
import { openStateFiles, StateNotWritten, type StateFiles } from "../../src/gateway/StateFiles.ts"
import { saveAgainMillis, StateSaves } from "../../src/gateway/StateSaves.ts"
import { keepStatusFile, statusPatience } from "../../src/gateway/StatusFile.ts"
import { capturedLogs } from "../kernel/capturedLogs.ts"
import { specOf } from "./memoryGateway.ts"
import { freshDirectory } from "./memoryState.ts"

/** State files on a disk that is full until it is not. */
const scarce = () => {
  const disk = { isFull: true, attempts: 0 }
  const catalogs = new Map<string, Catalog>()
  const names: Record<string, string> = {}
  const statuses: Array<unknown> = []
  const write = (file: string, work: () => void) =>
    Effect.suspend(() => {
      disk.attempts++
      if (!disk.isFull) return Effect.sync(work)
      const cause = Object.assign(new Error("ENOSPC: no space left on device, write"), { code: "ENOSPC" })
      return Effect.fail(new StateNotWritten({ file, cause }))
    })
  const files: StateFiles = {
    ...openStateFiles(freshDirectory()),
    statusMillis: 1_000,
    saveCatalog: ({ name }, catalog) => write(`/state/${name}.json`, () => void catalogs.set(name, catalog)),
    saveNames: (more) => write("/state/names.json", () => void Object.assign(names, { ...more, ...names })),
    saveStatus: (_, status) => write("/state/status.json", () => void statuses.push(status))
  }
  return { disk, files, catalogs, names, statuses }
}

const spec = specOf("one")
const catalogWith = (...tools: ReadonlyArray<string>): Catalog => ({
  ...emptyCatalog,
  tools: tools.map((name) => ({ name, definition: { name } }))
})

describe("what can't be written", () => {
  it.effect("is written once there is room again, and what is newest is what stands there", () =>
    Effect.gen(function* () {
      const { catalogs, disk, files } = scarce()
      const saves = new StateSaves(files)
      yield* fork("first", saves.catalog(spec, catalogWith("old")))
      yield* saves.catalog(spec, catalogWith("new"))
      yield* TestClock.adjust(saveAgainMillis * 3)
      assert.strictEqual(disk.attempts, 4, "one attempt at a time")
      disk.isFull = false
      yield* TestClock.adjust(saveAgainMillis)
      assert.deepStrictEqual(catalogs.get("one"), catalogWith("new"))
      yield* TestClock.adjust(saveAgainMillis * 3)
      assert.strictEqual(disk.attempts, 5, "what is written is not written again")
    })
  )

  it.effect("is not forgotten when more comes: all names are on record in the end, with their first owners", () =>
    Effect.gen(function* () {
      const { disk, files, names } = scarce()
      const saves = new StateSaves(files)
      yield* fork("first", saves.names({ a: "one" }))
      yield* saves.names({ a: "two", b: "two" })
      disk.isFull = false
      yield* TestClock.adjust(saveAgainMillis)
      assert.deepStrictEqual(names, { a: "one", b: "two" })
      yield* saves.names({ c: "three" })
      assert.deepStrictEqual(names, { a: "one", b: "two", c: "three" })
    })
  )

  it.effect("is named once, with what to do, and so is the end of it", () =>
    Effect.gen(function* () {
      const { disk, files } = scarce()
      const logs = capturedLogs()
      yield* Effect.gen(function* () {
        yield* fork("catalog", new StateSaves(files).catalog(spec, emptyCatalog))
        yield* TestClock.adjust(saveAgainMillis * 3)
        disk.isFull = false
        yield* TestClock.adjust(saveAgainMillis)
      }).pipe(Effect.provide(logs.layer))
      assert.lengthOf(logs.lines, 2)
      assert.match(logs.lines[0] ?? "", /\/state\/one\.json could not be written: ENOSPC.*make room on that disk/)
      assert.match(logs.lines[1] ?? "", /catalog of one is on record again/)
    })
  )

  it.effect("leaves no draft behind, which would take the last room there is", () =>
    Effect.gen(function* () {
      const directory = freshDirectory()
      const files = openStateFiles(directory)
      yield* files.saveCatalog(spec, emptyCatalog)
      const [name = ""] = readdirSync(join(directory, "catalogs"))
      const inTheWay = openStateFiles(join(directory, "other"))
      mkdirSync(join(directory, "other", "catalogs", name), { recursive: true })
      yield* Effect.flip(inTheWay.saveCatalog(spec, emptyCatalog))
      mkdirSync(join(directory, "other", "names.json"))
      yield* Effect.flip(inTheWay.saveNames({ a: "one" }))
      const left = readdirSync(join(directory, "other"), { recursive: true, encoding: "utf8" })
      assert.sameMembers(left, ["catalogs", join("catalogs", name), "names.json"])
    })
  )

  it.effect("is the status: it is written a few looks later, though nothing has changed meanwhile", () =>
    Effect.gen(function* () {
      const { disk, files, statuses } = scarce()
      yield* fork(
        "status",
        keepStatusFile(files, "me", () => ({ pid: 1 }))
      )
      yield* TestClock.adjust(files.statusMillis * statusPatience * 2)
      assert.strictEqual(disk.attempts, 3)
      disk.isFull = false
      yield* TestClock.adjust(files.statusMillis * statusPatience)
      assert.lengthOf(statuses, 1)
    })
  )
})
