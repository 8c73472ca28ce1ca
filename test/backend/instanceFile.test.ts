import { assert, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Layer from "effect/Layer"
import * as Scope from "effect/Scope"
import * as TestClock from "effect/testing/TestClock"
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll } from "vitest"
import { InstanceFile, instanceAgainMillis } from "../../src/backend/InstanceFile.ts"
import { StdioConnector } from "../../src/backend/StdioTransport.ts"
import { StopMode } from "../../src/backend/StopMode.ts"
import { capturedLogs } from "../kernel/capturedLogs.ts"
import { connectReady, scriptSpec } from "./stdioBackend.ts"

const stateDirectory = mkdtempSync(join(tmpdir(), "instance-"))
afterAll(() => rmSync(stateDirectory, { recursive: true, force: true }))

const occupied = join(stateDirectory, "a-file")
writeFileSync(occupied, "")

const open = (instanceId: string, directory = stateDirectory) =>
  InstanceFile.layer({ stateDirectory: directory, instanceId })
const fileOf = (instanceId: string) => join(stateDirectory, "instances", `${instanceId}.json`)
const childrenIn = (instanceId: string): ReadonlyArray<{ pid: number; slot: string }> =>
  JSON.parse(readFileSync(fileOf(instanceId), "utf8")).children

it.live("each child is recorded while it lives, for its user's eyes only, and the file goes at a clean stop", () =>
  Effect.gen(function* () {
    const connector = StdioConnector.layer({ variables: process.env, ownNode: process.execPath, searchFirst: [] })
    const layer = connector.pipe(Layer.provide([StopMode.layer, open("clean")]))
    yield* Effect.gen(function* () {
      const scope = yield* Scope.make()
      const spec = scriptSpec(`console.log("ready"); process.stdin.on("end", () => process.exit()).resume()`)
      const { transport } = yield* Scope.provide(connectReady(spec), scope)
      assert.deepInclude(childrenIn("clean")[0], { pid: transport.pid ?? 0, slot: "clean/example" })
      assert.strictEqual(statSync(fileOf("clean")).mode & 0o777, 0o600)
      assert.strictEqual(statSync(join(stateDirectory, "instances")).mode & 0o777, 0o700)
      yield* Scope.close(scope, Exit.void)
      assert.deepStrictEqual(childrenIn("clean"), [])
    }).pipe(Effect.provide(layer))
    assert.deepStrictEqual(readdirSync(join(stateDirectory, "instances")), [])
  })
)

it.effect("a child that could not be ended keeps the file for the next sweep", () =>
  Effect.gen(function* () {
    yield* Effect.flatMap(InstanceFile, (file) => file.record({ pid: 4_242, started: 1, slot: "kept/example" })).pipe(
      Effect.provide(open("kept"))
    )
    assert.strictEqual(childrenIn("kept")[0]?.pid, 4_242)
  })
)

it.effect("a file that can't be written is written as soon as it can be, with the children of that moment", () =>
  Effect.gen(function* () {
    const directory = join(stateDirectory, "later")
    writeFileSync(directory, "")
    yield* Effect.gen(function* () {
      const { record } = yield* InstanceFile
      yield* record({ pid: 4_242, started: 1, slot: "later/example" })
      yield* TestClock.adjust(instanceAgainMillis)
      rmSync(directory)
      yield* TestClock.adjust(instanceAgainMillis)
      const { children } = JSON.parse(readFileSync(join(directory, "instances", "later.json"), "utf8"))
      assert.deepStrictEqual(children, [{ pid: 4_242, started: 1, slot: "later/example" }])
    }).pipe(Effect.provide(open("later", directory)))
  })
)

it.effect("an outage is told once and its end once, however many children come and go, and the next one anew", () => {
  const logs = capturedLogs()
  const directory = join(stateDirectory, "told")
  const told = () => logs.lines.splice(0).map((line) => /can't be written|is written again/.exec(line)?.[0])
  return Effect.gen(function* () {
    writeFileSync(directory, "")
    const { forget, record } = yield* Effect.provide(InstanceFile, yield* Layer.build(open("told", directory)))
    for (let outage = 0; outage < 2; outage++) {
      for (const pid of [4_242, 4_243]) yield* record({ pid, started: 1, slot: "told/example" })
      yield* TestClock.adjust(instanceAgainMillis * 3)
      assert.deepStrictEqual(told(), ["can't be written"])
      rmSync(directory)
      yield* TestClock.adjust(instanceAgainMillis * 3)
      assert.deepStrictEqual(told(), ["is written again"])
      rmSync(directory, { recursive: true })
      writeFileSync(directory, "")
      yield* forget(4_243)
      yield* forget(4_242)
    }
  }).pipe(Effect.scoped, Effect.provide(logs.layer))
})

it.effect("a directory that can't be written does not keep the gateway from starting", () =>
  Effect.gen(function* () {
    const { instanceId, record } = yield* InstanceFile
    yield* record({ pid: 4_242, started: 1, slot: "x" })
    assert.strictEqual(instanceId, "nowhere")
    assert.isFalse(existsSync(fileOf("nowhere")))
  }).pipe(Effect.provide(open("nowhere", occupied)))
)
