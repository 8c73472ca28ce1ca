import { assert, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { stopBounds } from "../../src/backend/StopSequence.ts"
import { isAlive } from "../fixtures/processes.ts"
import { anything, connect, connectReady, scriptSpec, stdioLayer } from "./stdioBackend.ts"

const layer = stdioLayer({ bounds: { ...stopBounds, stdinGraceMillis: 100 } })

it.live("frames go out and come back in order", () =>
  Effect.gen(function* () {
    const { transport, witness } = yield* connect(scriptSpec(`process.stdin.pipe(process.stdout)`))
    const frames = Array.from({ length: 1_000 }, (_, index) => `{"id":${index},"text":"žluťoučký"}`)
    for (const frame of frames) transport.write(frame, anything)
    assert.isAbove(transport.backlogBytes(), 1_000 * 20)
    yield* witness.until(() => witness.frames().length === frames.length)
    assert.deepStrictEqual(witness.frames(), frames)
    assert.strictEqual(transport.backlogBytes(), 0)
    assert.isBelow(witness.reads.length, 100, "the lines of one read come together")
  }).pipe(Effect.scoped, Effect.provide(layer))
)

it.live("a last reply before the exit arrives, and before the exit is told", () =>
  Effect.gen(function* () {
    const script = `require("node:fs").writeSync(1, "x".repeat(100_000) + "\\nlast\\n"); process.kill(process.pid, "SIGKILL")`
    const { witness } = yield* connect(scriptSpec(script))
    yield* witness.until(() => witness.exits.length > 0)
    assert.deepStrictEqual(witness.exits, ["was killed by SIGKILL"])
    assert.deepStrictEqual([witness.frames().length, witness.frames()[1]], [2, "last"])
  }).pipe(Effect.scoped, Effect.provide(layer))
)

it.live("half a frame before the exit is no frame", () =>
  Effect.gen(function* () {
    const { witness } = yield* connect(
      scriptSpec(`require("node:fs").writeSync(1, 'whole\\n{"half":'); process.exit(3)`)
    )
    yield* witness.until(() => witness.exits.length > 0)
    assert.deepStrictEqual(witness.frames(), ["whole"])
    assert.deepStrictEqual(witness.exits, ["exited with code 3"])
  }).pipe(Effect.scoped, Effect.provide(layer))
)

it.live("an endless line is told once and what follows it still arrives", () =>
  Effect.gen(function* () {
    const script = `const part = "x".repeat(65536)
      for (let sent = 0; sent < 40; sent++) process.stdout.write(part)
      process.stdout.write("\\nafter\\n")`
    const { witness } = yield* connect(scriptSpec(script, {}, { frameBytes: 100_000 }))
    yield* witness.until(() => witness.exits.length > 0)
    assert.strictEqual(witness.oversize.length, 1)
    assert.isAbove(witness.oversize[0] ?? 0, 100_000)
    assert.deepStrictEqual(witness.frames(), ["after"])
  }).pipe(Effect.scoped, Effect.provide(layer))
)

it.live("a child that closes its stdout but lives on is gone for us", () =>
  Effect.gen(function* () {
    const script = `console.log("ready"); require("node:fs").closeSync(1); process.stdin.resume()`
    const { transport, witness } = yield* connectReady(scriptSpec(script))
    yield* witness.until(() => witness.exits.length > 0)
    assert.deepStrictEqual(witness.exits, ["closed its standard output"])
    assert.isTrue(isAlive(transport.pid ?? 0))
  }).pipe(Effect.scoped, Effect.provide(layer))
)

it.live("a child that closes its stdin is gone for us, and writing to it harms nobody", () =>
  Effect.gen(function* () {
    const script = `require("node:fs").closeSync(0); console.log("ready"); setInterval(() => {}, 1000)`
    const { transport, witness } = yield* connectReady(scriptSpec(script))
    transport.write("into the void", anything)
    yield* witness.until(() => witness.exits.length > 0)
    assert.deepStrictEqual(witness.exits, ["closed its standard input"])
    transport.write("once more", anything)
    assert.strictEqual(witness.exits.length, 1)
  }).pipe(Effect.scoped, Effect.provide(layer))
)

it.live("a grandchild that holds stdout open does not hold up the exit", () =>
  Effect.gen(function* () {
    const script = `require("node:child_process").spawn(process.execPath, ["-e", "setInterval(() => {}, 1000)"],
      { stdio: ["ignore", "inherit", "ignore"] }); console.log("ready"); process.exit(1)`
    const { witness } = yield* connect(scriptSpec(script))
    yield* witness.until(() => witness.exits.length > 0)
    assert.deepStrictEqual([witness.frames(), witness.exits], [["ready"], ["exited with code 1"]])
  }).pipe(Effect.scoped, Effect.provide(layer))
)

it.live("frames written in the turn of the stop still reach the child", () =>
  Effect.gen(function* () {
    const { transport, witness } = yield* connectReady(
      scriptSpec(`console.log("ready"); process.stdin.pipe(process.stdout)`)
    )
    transport.write("farewell", anything)
    return witness
  }).pipe(
    Effect.scoped,
    Effect.map((witness) => assert.deepStrictEqual(witness.frames(), ["ready", "farewell"])),
    Effect.provide(layer)
  )
)
