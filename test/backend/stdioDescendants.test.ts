import { assert, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Scope from "effect/Scope"
import { StopMode } from "../../src/backend/StopMode.ts"
import { isAlive } from "../fixtures/processes.ts"
import { connectReady, scriptSpec, stdioLayer } from "./stdioBackend.ts"

/** Starts a grandchild that outlives everything but SIGKILL, and says its pid once it is up. */
const parentOf = (options: string, then: string) => `
  const forever = 'process.on("SIGTERM", () => {}); process.on("SIGHUP", () => {}); setInterval(() => {}, 1000)'
  const child = require("node:child_process").spawn(
    process.execPath, ["-e", forever + '; process.stdout.write("up")'],
    { stdio: ["ignore", "pipe", "ignore"], ...${options} }
  )
  child.stdout.once("data", () => { child.stdout.destroy(); child.unref(); console.log(child.pid); ${then} })`

const staysUntilStdinEnds = `process.stdin.on("end", () => process.exit()).resume()`
const exitsAtOnce = `process.exit()`

const grandchildAfterStop = Effect.fnUntraced(function* (script: string) {
  const scope = yield* Scope.make()
  const { first, witness } = yield* Scope.provide(connectReady(scriptSpec(script)), scope)
  const grandchild = Number(first)
  assert.isTrue(isAlive(grandchild), "the grandchild lives before the stop")
  return { grandchild, witness, stop: Scope.close(scope, Exit.void) }
})

const cases: ReadonlyArray<readonly [string, string, string]> = [
  ["in the group", "{}", staysUntilStdinEnds],
  ["that left group and session", "{ detached: true }", staysUntilStdinEnds],
  ["in the group without our mark", "{ env: {} }", staysUntilStdinEnds],
  ["that left the group without our mark, while its parent lives", "{ detached: true, env: {} }", staysUntilStdinEnds]
]

for (const [which, options, then] of cases) {
  it.live(`INV-18 a grandchild ${which} is gone after the stop`, () =>
    Effect.gen(function* () {
      const { grandchild, stop } = yield* grandchildAfterStop(parentOf(options, then))
      yield* stop
      assert.isFalse(isAlive(grandchild))
    }).pipe(Effect.provide(stdioLayer()))
  )
}

for (const [which, options] of [
  ["in the group", "{}"],
  ["in the group without our mark", "{ env: {} }"],
  ["that left group and session", "{ detached: true }"]
] as const) {
  it.live(`INV-18 a grandchild ${which} is ended by the scope when its parent exited by itself`, () =>
    Effect.gen(function* () {
      const { grandchild, witness, stop } = yield* grandchildAfterStop(parentOf(options, exitsAtOnce))
      yield* witness.until(() => witness.exits.length > 0)
      assert.deepStrictEqual(witness.exits, ["exited with code 0"])
      assert.isTrue(isAlive(grandchild), "it outlives its parent")
      yield* stop
      assert.isFalse(isAlive(grandchild))
    }).pipe(Effect.provide(stdioLayer()))
  )
}

it.live("INV-18 in fast mode a grandchild that left the group is gone too", () =>
  Effect.gen(function* () {
    const script = parentOf("{ detached: true }", staysUntilStdinEnds)
    const { grandchild, stop } = yield* grandchildAfterStop(script)
    yield* (yield* StopMode).hurry
    yield* stop
    assert.isFalse(isAlive(grandchild))
  }).pipe(Effect.provide(stdioLayer()))
)

it.live("the stop of one incarnation leaves the next one of the same slot alone", () =>
  Effect.gen(function* () {
    const older = yield* Scope.make()
    const newer = yield* Scope.make()
    const spec = scriptSpec(`${staysUntilStdinEnds}; console.log("ready")`)
    yield* Scope.provide(connectReady(spec), older)
    const { transport } = yield* Scope.provide(connectReady(spec), newer)
    yield* Scope.close(older, Exit.void)
    assert.isTrue(isAlive(transport.pid ?? 0))
    yield* Scope.close(newer, Exit.void)
  }).pipe(Effect.provide(stdioLayer()))
)
