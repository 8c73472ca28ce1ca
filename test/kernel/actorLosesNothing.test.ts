import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import * as Scheduler from "effect/Scheduler"
import * as Actor from "../../src/kernel/Actor.ts"
import { fork } from "../../src/kernel/Fork.ts"
import * as Mailbox from "../../src/kernel/Mailbox.ts"

/** What the others do while the actor runs; the number sets how soon its fiber must give way, in operations. */
const plan = {
  steps: Schema.Array(Schema.Literals(["offer", "offerUrgent", "tell", "flush", "turn", "stop"])),
  operations: Schema.Literals([4, 5, 6, 7, 9, 2_048])
}

type Step = (typeof plan.steps.Type)[number]

/** Plays the steps against an actor and stops it; what was accepted, handled and left over, messages being numbers. */
const play = (
  steps: ReadonlyArray<Step>,
  operations: number,
  receive: (batch: ReadonlyArray<number>, handled: Array<number>) => void | Effect.Effect<void>
) =>
  Effect.gen(function* () {
    const accepted: Array<number> = []
    const handled: Array<number> = []
    let leftovers: ReadonlyArray<number> = []
    const mailbox = Mailbox.make<number>({ capacity: 4, urgentCapacity: 2 })
    const actor = yield* Actor.spawn<number>({
      name: "actor",
      mailbox,
      receive: (batch) => receive(batch, handled),
      onStop: (left) => {
        leftovers = left
      }
    }).pipe(Effect.provideService(Scheduler.MaxOpsBeforeYield, operations))
    for (const [n, step] of steps.entries()) {
      if (step === "turn") yield* Effect.yieldNow
      else if (step === "flush") mailbox.flush()
      else if (step === "stop") yield* fork("stop", actor.stop)
      else if (mailbox[step](n)) accepted.push(n)
    }
    yield* actor.stop
    return { accepted, handled, leftovers }
  })

const ascending = (numbers: Iterable<number>) => [...numbers].toSorted((a, b) => a - b)

describe("Actor, whatever happens meanwhile", () => {
  it.effect.prop(
    "every accepted message is handled or left over, exactly one of both, when the handler is synchronous",
    plan,
    ({ steps, operations }) =>
      Effect.gen(function* () {
        const run = yield* play(steps, operations, (batch, handled) => void handled.push(...batch))
        assert.deepStrictEqual(ascending([...run.handled, ...run.leftovers]), run.accepted)
      }),
    { arbitrary: { runs: 500 } }
  )

  it.effect.prop(
    "every accepted message is handled or left over when the handler waits",
    plan,
    ({ steps, operations }) =>
      Effect.gen(function* () {
        const run = yield* play(steps, operations, (batch, handled) =>
          Effect.andThen(
            Effect.yieldNow,
            Effect.sync(() => handled.push(...batch))
          ).pipe(Effect.asVoid)
        )
        assert.deepStrictEqual(ascending(new Set([...run.handled, ...run.leftovers])), run.accepted)
      }),
    { arbitrary: { runs: 500 } }
  )
})
