import { assert, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Scope from "effect/Scope"
import { Ending, settleMillis, settleRounds } from "../../src/backend/Ending.ts"
import { anything, connect, scriptSpec, stdioLayer, timed } from "./stdioBackend.ts"

/** Leaves a grandchild that writes a line to its stdout every millisecond, for ever. */
const leavesChatterbox = `
  const chatter = 'setInterval(() => console.log("chatter"), 1); process.stdout.on("error", () => {})'
  const child = require("node:child_process").spawn(process.execPath, ["-e", chatter], { stdio: ["ignore", "inherit", "ignore"] })
  process.stdin.once("data", () => process.exit(4))`

const makeEnding = () => {
  const exits: Array<string> = []
  return { exits, ending: new Ending(({ reason }) => exits.push(reason)) }
}

it("an exit is told once stdout has been read to its end, whichever is noticed first", () => {
  const { exits, ending } = makeEnding()
  ending.exited(2, null)
  assert.deepStrictEqual(exits, [], "last replies may still be in the pipe")
  ending.stdoutEnded()
  assert.deepStrictEqual(exits, ["exited with code 2"])

  const reverse = makeEnding()
  reverse.ending.stdinBroke()
  reverse.ending.stdoutEnded()
  assert.deepStrictEqual(reverse.exits, [], "the exit says better what happened")
  reverse.ending.exited(null, "SIGSEGV")
  assert.deepStrictEqual(reverse.exits, ["was killed by SIGSEGV"])
})

it("bytes that go on coming put the end off, for a bounded number of times", async () => {
  const chatter = { count: 0 }
  const from = performance.now()
  await new Promise<void>((resolve) => {
    const ending = new Ending(() => {
      clearInterval(timer)
      resolve()
    })
    const timer = setInterval(() => {
      chatter.count++
      ending.bytesCame()
    }, 1)
    ending.exited(0, null)
  })
  assert.isAbove(chatter.count, settleRounds)
  assert.isAtLeast(performance.now() - from, settleMillis * (settleRounds - 1))
})

it("the end is told once", () => {
  const { exits, ending } = makeEnding()
  ending.finish()
  ending.exited(0, null)
  ending.stdoutEnded()
  ending.finish()
  assert.deepStrictEqual(exits, ["was stopped"])
})

it.live("a grandchild that goes on writing cannot hold the exit up, and is not heard after it", () =>
  Effect.gen(function* () {
    const scope = yield* Scope.make()
    const { transport, witness } = yield* Scope.provide(connect(scriptSpec(leavesChatterbox)), scope)
    yield* witness.until(() => witness.frames().includes("chatter"))
    transport.write("go", anything)
    const millis = yield* timed(witness.until(() => witness.exits.length > 0))
    assert.deepStrictEqual(witness.exits, ["exited with code 4"])
    assert.isAtLeast(millis, settleMillis)
    assert.isBelow(millis, settleMillis * settleRounds * 3)
    const heard = witness.frames().length
    yield* Scope.close(scope, Exit.void)
    assert.strictEqual(witness.frames().length, heard)
  }).pipe(Effect.provide(stdioLayer()))
)
