import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Actor from "../../src/kernel/Actor.ts"
import { fork } from "../../src/kernel/Fork.ts"
import * as Mailbox from "../../src/kernel/Mailbox.ts"
import { capturedLogs } from "./capturedLogs.ts"

interface Double {
  readonly n: number
  readonly reply: (answer: number) => void
}

const double = (n: number) => (reply: (answer: number) => void) => ({ n, reply })

const spawn = (receive: (batch: ReadonlyArray<Double>) => void | Effect.Effect<void>, asks?: number) =>
  Actor.spawn<Double>({
    name: "doubler",
    mailbox: Mailbox.make<Double>({ capacity: 2, urgentCapacity: 1 }),
    receive,
    onStop() {},
    ...(asks === undefined ? {} : { asks })
  })

const answering = (batch: ReadonlyArray<Double>) => {
  for (const { n, reply } of batch) reply(n * 2)
}

describe("ask", () => {
  it.effect("gives the answer, and only the first counts", () =>
    Effect.gen(function* () {
      const actor = yield* spawn((batch) => {
        for (const { n, reply } of batch) {
          reply(n * 2)
          reply(-1)
        }
      })
      assert.strictEqual(yield* Actor.ask(actor, double(21)), 42)
      assert.strictEqual(actor.asking.waiting.size, 0)
    })
  )

  it.effect("every one of many concurrent callers gets its own answer", () =>
    Effect.gen(function* () {
      const held: Array<Double> = []
      const actor = yield* spawn((batch) => void held.push(...batch))
      const numbers = Array.from({ length: 200 }, (_, n) => n)
      const fibers = yield* Effect.forEach(numbers, (n) => fork(`caller ${n}`, Actor.ask(actor, double(n))))
      for (const { n, reply } of held.toReversed()) reply(n * 2)
      assert.deepStrictEqual(
        yield* Effect.forEach(fibers, Fiber.join),
        numbers.map((n) => n * 2)
      )
    })
  )

  it.effect("is refused at once when the mailbox is full", () =>
    Effect.gen(function* () {
      const actor = yield* spawn(() => Effect.never)
      for (const n of [1, 2, 3]) yield* fork(`caller ${n}`, Actor.ask(actor, double(n)))
      const error = yield* Effect.flip(Actor.ask(actor, double(4)))
      assert.strictEqual(error._tag, "MailboxFull")
      assert.strictEqual(error.message, "doubler is overloaded and refused the message; try again later")
    })
  )

  it.effect("gets past a full lane when it is urgent", () =>
    Effect.gen(function* () {
      const seen: Array<number> = []
      const mailbox = Mailbox.make<Double>({ capacity: 1, urgentCapacity: 1 })
      const receive = (batch: ReadonlyArray<Double>) => {
        seen.push(...batch.map(({ n }) => n))
        answering(batch)
      }
      const actor = yield* Actor.spawn({ name: "doubler", mailbox, receive, onStop() {} })
      mailbox.offer({ n: 1, reply() {} })
      assert.strictEqual(yield* Actor.ask(actor, double(2), { urgent: true }), 4)
      assert.deepStrictEqual(seen, [2, 1])
    })
  )

  it.effect("INV-32 is refused when as many callers wait as may wait", () =>
    Effect.gen(function* () {
      const held: Array<Double> = []
      const actor = yield* spawn((batch) => void held.push(...batch), 2)
      for (const n of [1, 2]) yield* fork(`caller ${n}`, Actor.ask(actor, double(n)))
      assert.strictEqual((yield* Effect.flip(Actor.ask(actor, double(3))))._tag, "MailboxFull")
      for (const { reply } of held) reply(0)
      const next = yield* fork("caller 4", Actor.ask(actor, double(4)))
      held.at(-1)?.reply(8)
      assert.strictEqual(yield* Fiber.join(next), 8)
    })
  )

  it.effect("fails when the actor dies, whether the message was handled, in hand or not taken", () => {
    const logs = capturedLogs()
    return Effect.gen(function* () {
      let last = false
      const actor = yield* spawn(() =>
        last
          ? Effect.die("poison")
          : Effect.sync(() => {
              last = true
            })
      )
      const handled = yield* fork("handled", Effect.flip(Actor.ask(actor, double(1))))
      assert.strictEqual(actor.asking.waiting.size, 1)
      const inHand = yield* fork("in hand", Effect.flip(Actor.ask(actor, double(2))))
      for (const fiber of [handled, inHand]) assert.strictEqual((yield* Fiber.join(fiber))._tag, "ActorGone")
      const error = yield* Effect.flip(Actor.ask(actor, double(3)))
      assert.strictEqual(error.message, "doubler has ended and answers no more")
    }).pipe(Effect.provide(logs.layer))
  })

  it.effect("fails also when onStop itself throws", () => {
    const logs = capturedLogs()
    return Effect.gen(function* () {
      const mailbox = Mailbox.make<Double>({ capacity: 2, urgentCapacity: 1 })
      const onStop = () => {
        throw new Error("in onStop")
      }
      const actor = yield* Actor.spawn({ name: "doubler", mailbox, receive() {}, onStop })
      const caller = yield* fork("caller", Effect.flip(Actor.ask(actor, double(1))))
      yield* actor.stop
      assert.strictEqual((yield* Fiber.join(caller))._tag, "ActorGone")
      assert.match(logs.lines.join("\n"), /listener of doubler failed .*in onStop/s)
    }).pipe(Effect.provide(logs.layer))
  })

  it.effect("forgets a caller that is interrupted, and ignores the late answer", () =>
    Effect.gen(function* () {
      const held: Array<Double> = []
      const actor = yield* spawn((batch) => void held.push(...batch))
      const caller = yield* fork("caller", Actor.ask(actor, double(1)))
      yield* Fiber.interrupt(caller)
      assert.strictEqual(actor.asking.waiting.size, 0)
      held[0]?.reply(2)
      assert.isTrue(actor.mailbox.tell({ n: 2, reply() {} }), "the actor lives on")
    })
  )
})
