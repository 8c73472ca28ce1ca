import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Scope from "effect/Scope"
import * as Actor from "../../src/kernel/Actor.ts"
import * as Mailbox from "../../src/kernel/Mailbox.ts"
import { capturedLogs } from "./capturedLogs.ts"

const bounds = { capacity: 8, urgentCapacity: 2 }

/** An actor whose end is noted. */
const spawn = <E = never>(receive: (batch: ReadonlyArray<string>) => void | Effect.Effect<void, E>) =>
  Effect.gen(function* () {
    const mailbox = Mailbox.make<string>(bounds)
    const ends: Array<{ readonly leftovers: ReadonlyArray<string>; readonly exit: Exit.Exit<void, E> }> = []
    const onStop = (leftovers: ReadonlyArray<string>, exit: Exit.Exit<void, E>) => void ends.push({ leftovers, exit })
    const actor = yield* Actor.spawn<string, E>({ name: "scribe", mailbox, receive, onStop })
    return { actor, mailbox, ends }
  })

describe("Actor", () => {
  it.effect("handles each message once, in order, inside the tell when the handler is synchronous", () =>
    Effect.gen(function* () {
      const seen: Array<string> = []
      const { mailbox } = yield* spawn((batch) => void seen.push(...batch))
      mailbox.tell("a")
      mailbox.offer("b")
      mailbox.tell("c")
      assert.deepStrictEqual(seen, ["a", "b", "c"])
    })
  )

  it.effect("waits for an effectful handler before the next batch", () =>
    Effect.gen(function* () {
      const seen: Array<string> = []
      const { mailbox, actor } = yield* spawn((batch) =>
        Effect.sync(() => seen.push(`< ${batch.join()}`)).pipe(
          Effect.andThen(Effect.yieldNow),
          Effect.andThen(Effect.sync(() => seen.push(`> ${batch.join()}`)))
        )
      )
      mailbox.tell("a")
      mailbox.tell("b")
      mailbox.tellUrgent("now")
      assert.deepStrictEqual(seen, ["< a"])
      while (seen.length < 6) yield* Effect.yieldNow
      assert.deepStrictEqual(seen, ["< a", "> a", "< now", "> now", "< b", "> b"])
      yield* actor.stop
    })
  )

  it.effect("a message lost that must not be lost ends it, so that it is not missed unnoticed", () => {
    const logs = capturedLogs()
    return Effect.gen(function* () {
      const { actor, ends, mailbox } = yield* spawn((batch) => {
        if (batch.includes("begin")) while (mailbox.tellVital("end of a connection"));
      })
      mailbox.tell("begin")
      yield* actor.ended
      assert.strictEqual(ends[0]?.exit._tag, "Failure")
      assert.isTrue(mailbox.closed)
      assert.include(logs.lines.join(), "the mailbox of scribe overflowed")
    }).pipe(Effect.provide(logs.layer))
  })

  it.effect("a defect in the handler ends it: the batch in hand and what was never taken are given back", () => {
    const logs = capturedLogs()
    return Effect.gen(function* () {
      const { mailbox, ends, actor } = yield* spawn((batch) => {
        mailbox.offer("late")
        if (batch.includes("poison")) throw new Error("choked")
      })
      mailbox.offer("poison")
      mailbox.tell("other")
      yield* actor.ended
      assert.deepStrictEqual(
        ends.map((end) => end.leftovers),
        [["poison", "other", "late"]]
      )
      assert.isTrue(ends.every(({ exit }) => Exit.hasDies(exit)))
      assert.match(logs.lines.join("\n"), /^Error scribe failed .*choked/s)
      assert.isFalse(mailbox.offer("after"))
    }).pipe(Effect.provide(logs.layer))
  })

  it.effect("a typed failure of the handler ends it, and is in the exit", () => {
    const logs = capturedLogs()
    return Effect.gen(function* () {
      const { mailbox, ends } = yield* spawn(() => Effect.fail("no disk"))
      mailbox.tell("a")
      assert.deepStrictEqual(ends, [{ leftovers: ["a"], exit: Exit.fail("no disk") }])
      assert.strictEqual(logs.lines.length, 1)
    }).pipe(Effect.provide(logs.layer))
  })

  it.effect("stopped while parked, it gives back what was offered and not flushed", () =>
    Effect.gen(function* () {
      const { mailbox, ends, actor } = yield* spawn(() => {})
      mailbox.tell("handled")
      mailbox.offer("a")
      yield* actor.stop
      assert.deepStrictEqual(
        ends.map((end) => end.leftovers),
        [["a"]]
      )
      assert.isTrue(ends.every(({ exit }) => Exit.hasInterrupts(exit)))
    })
  )

  it.effect("interrupted by its scope in the middle of a batch, it gives the batch back", () =>
    Effect.gen(function* () {
      const scope = yield* Scope.make()
      const { mailbox, ends } = yield* Scope.provide(
        spawn(() => Effect.never),
        scope
      )
      mailbox.tell("a")
      mailbox.tell("b")
      yield* Scope.close(scope, Exit.void)
      assert.deepStrictEqual(
        ends.map((end) => end.leftovers),
        [["a", "b"]]
      )
    })
  )

  it.effect("ends well when its mailbox is closed by another", () =>
    Effect.gen(function* () {
      const { mailbox, ends, actor } = yield* spawn(() => {})
      mailbox.offer("a")
      assert.deepStrictEqual(mailbox.close(), ["a"])
      yield* actor.ended
      assert.deepStrictEqual(ends, [{ leftovers: [], exit: Exit.void }])
    })
  )

  it.effect("spawned in a closed scope, it has ended: nothing is taken, and onStop is called", () =>
    Effect.gen(function* () {
      const scope = yield* Scope.make()
      yield* Scope.close(scope, Exit.void)
      const { mailbox, ends } = yield* Scope.provide(
        spawn(() => {}),
        scope
      )
      assert.strictEqual(ends.length, 1)
      assert.isFalse(mailbox.offer("a"))
    })
  )
})
