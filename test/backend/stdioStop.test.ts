import { assert, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Scope from "effect/Scope"
import { StopMode } from "../../src/backend/StopMode.ts"
import { stopBounds } from "../../src/backend/StopSequence.ts"
import { isAlive } from "../fixtures/processes.ts"
import { connectReady, scriptSpec, stdioLayer, timed } from "./stdioBackend.ts"

const polite = `process.stdin.on("end", () => process.exit(7)).resume(); console.log("ready")`
const deafToStdin = `setInterval(() => {}, 1000); console.log("ready")`
const stubborn = `process.on("SIGTERM", () => console.log("no")); ${deafToStdin}`
const bounds = { ...stopBounds, stdinGraceMillis: 150, termGraceMillis: 150 }

const startAndStop = Effect.fnUntraced(function* (script: string, beforeStop: Effect.Effect<void> = Effect.void) {
  const scope = yield* Scope.make()
  const { transport, witness } = yield* Scope.provide(connectReady(scriptSpec(script)), scope)
  assert.isTrue(isAlive(transport.pid ?? 0))
  yield* beforeStop
  const millis = yield* timed(Scope.close(scope, Exit.void))
  assert.isFalse(isAlive(transport.pid ?? 0))
  assert.strictEqual(witness.exits.length, 1)
  return { millis, exit: witness.exits[0], frames: witness.frames() }
})

it.live("a child that ends when its stdin closes gets no signal", () =>
  Effect.gen(function* () {
    const { exit, millis } = yield* startAndStop(polite)
    assert.strictEqual(exit, "exited with code 7")
    assert.isBelow(millis, 1_000)
  }).pipe(Effect.provide(stdioLayer()))
)

it.live("a child that ignores the end of its stdin gets SIGTERM after the first grace", () =>
  Effect.gen(function* () {
    const { exit, millis } = yield* startAndStop(deafToStdin)
    assert.strictEqual(exit, "was killed by SIGTERM")
    assert.isAtLeast(millis, bounds.stdinGraceMillis)
  }).pipe(Effect.provide(stdioLayer({ bounds })))
)

it.live("a child that ignores SIGTERM is killed after the second grace", () =>
  Effect.gen(function* () {
    const { exit, millis, frames } = yield* startAndStop(stubborn)
    assert.strictEqual(exit, "was killed by SIGKILL")
    assert.deepStrictEqual(frames, ["ready", "no"])
    assert.isAtLeast(millis, bounds.stdinGraceMillis + bounds.termGraceMillis)
  }).pipe(Effect.provide(stdioLayer({ bounds })))
)

it.live("in fast mode even a child that ignores SIGTERM is gone within 400 ms", () =>
  Effect.gen(function* () {
    const { hurry } = yield* StopMode
    const { exit, millis, frames } = yield* startAndStop(stubborn, hurry)
    assert.strictEqual(exit, "was killed by SIGKILL")
    assert.deepStrictEqual(frames, ["ready", "no"])
    assert.isBelow(millis, 400)
  }).pipe(Effect.provide(stdioLayer()))
)

it.live("in fast mode SIGTERM comes together with the end of stdin", () =>
  Effect.gen(function* () {
    const { hurry } = yield* StopMode
    const { exit, millis } = yield* startAndStop(deafToStdin, hurry)
    assert.strictEqual(exit, "was killed by SIGTERM")
    assert.isBelow(millis, stopBounds.fastGraceMillis)
  }).pipe(Effect.provide(stdioLayer()))
)

it.live("a stop that is under way speeds up when the mode turns fast", () =>
  Effect.gen(function* () {
    const { hurry } = yield* StopMode
    const scope = yield* Scope.make()
    const script = `process.on("SIGTERM", () => {}); process.stdin.on("end", () => console.log("closed")).resume()
      setInterval(() => {}, 1000); console.log("ready")`
    const { transport, witness } = yield* Scope.provide(connectReady(scriptSpec(script)), scope)
    const stopping = yield* Effect.forkChild(Scope.close(scope, Exit.void))
    yield* witness.until(() => witness.frames().includes("closed"))
    const millis = yield* timed(Effect.andThen(hurry, Fiber.await(stopping)))
    assert.isFalse(isAlive(transport.pid ?? 0))
    assert.isBelow(millis, 400)
  }).pipe(Effect.provide(stdioLayer()))
)
