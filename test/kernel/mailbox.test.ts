import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import { fork } from "../../src/kernel/Fork.ts"
import * as Mailbox from "../../src/kernel/Mailbox.ts"

const small = { capacity: 3, urgentCapacity: 2 }

/** Takes batches for ever, noting each. */
const consume = <M>(mailbox: Mailbox.Mailbox<M>, batches: Array<ReadonlyArray<M>>, onBatch = () => {}) =>
  fork(
    "consumer",
    Effect.gen(function* () {
      while (true) {
        yield* mailbox.ready
        if (mailbox.closed) return
        batches.push(mailbox.drain())
        onBatch()
      }
    })
  )

describe("Mailbox", () => {
  it("hands messages over in the order they were offered", () => {
    const mailbox = Mailbox.make<number>(small)
    for (const n of [1, 2, 3]) assert.isTrue(mailbox.offer(n))
    assert.deepStrictEqual(mailbox.drain(), [1, 2, 3])
    assert.strictEqual(mailbox.size, 0)
  })

  it("INV-32 refuses the message over its capacity, at once, and takes one again when there is room", () => {
    const mailbox = Mailbox.make<number>(small)
    assert.deepStrictEqual(
      [1, 2, 3, 4].map((n) => mailbox.offer(n)),
      [true, true, true, false]
    )
    assert.deepStrictEqual(mailbox.drain(), [1, 2, 3])
    assert.isTrue(mailbox.offer(5))
  })

  it("INV-32 the urgent lane has a bound of its own", () => {
    const mailbox = Mailbox.make<string>(small)
    for (const word of ["a", "b", "c"]) mailbox.offer(word)
    assert.deepStrictEqual(
      ["x", "y", "z"].map((word) => mailbox.offerUrgent(word)),
      [true, true, false]
    )
    assert.strictEqual(mailbox.urgentSize, 2)
  })

  it("gives what is urgent before what came earlier", () => {
    const mailbox = Mailbox.make<string>(small)
    mailbox.offer("call")
    mailbox.offerUrgent("kill")
    assert.deepStrictEqual(mailbox.drain(), ["kill"])
    assert.deepStrictEqual(mailbox.drain(), ["call"])
  })

  it("hands over at most a batch of normal messages, so that an urgent one comes soon", () => {
    const mailbox = Mailbox.make<number>({ capacity: 1_000, urgentCapacity: 1 })
    for (let n = 0; n < Mailbox.batchMessages + 1; n++) mailbox.offer(n)
    assert.strictEqual(mailbox.drain().length, Mailbox.batchMessages)
    mailbox.offerUrgent(-1)
    assert.deepStrictEqual(mailbox.drain(), [-1])
    assert.deepStrictEqual(mailbox.drain(), [Mailbox.batchMessages])
  })

  it("does not accept bounds that are not whole and positive", () => {
    for (const capacity of [0, -1, 1.5, Number.NaN, Infinity]) {
      assert.throws(() => Mailbox.make({ capacity, urgentCapacity: 1 }), RangeError, "capacity")
    }
  })

  it.effect("wakes a parked consumer inside the flush, once for all that was offered", () =>
    Effect.gen(function* () {
      const mailbox = Mailbox.make<number>(small)
      const batches: Array<ReadonlyArray<number>> = []
      yield* consume(mailbox, batches)
      mailbox.offer(1)
      mailbox.offer(2)
      assert.deepStrictEqual(batches, [])
      mailbox.flush()
      assert.deepStrictEqual(batches, [[1, 2]])
      mailbox.flush()
      assert.strictEqual(batches.length, 1)
    })
  )

  it.effect("a flush from inside the consumer does nothing, and what it offered is taken before it parks", () =>
    Effect.gen(function* () {
      const mailbox = Mailbox.make<number>(small)
      const batches: Array<ReadonlyArray<number>> = []
      let depth = 0
      yield* consume(mailbox, batches, () => {
        depth++
        assert.strictEqual(depth, 1)
        if (batches.length < 5) mailbox.tell(batches.length)
        depth--
      })
      mailbox.tell(0)
      assert.deepStrictEqual(batches, [[0], [1], [2], [3], [4]])
    })
  )

  it.effect("loses nothing when a parked consumer is interrupted", () =>
    Effect.gen(function* () {
      const mailbox = Mailbox.make<number>(small)
      const first: Array<ReadonlyArray<number>> = []
      const fiber = yield* consume(mailbox, first)
      yield* Fiber.interrupt(fiber)
      assert.isTrue(mailbox.tell(1))
      const second: Array<ReadonlyArray<number>> = []
      yield* consume(mailbox, second)
      assert.deepStrictEqual([first, second], [[], [[1]]])
    })
  )

  it.effect("a consumer that is interrupted while parked frees its place for another", () =>
    Effect.gen(function* () {
      const mailbox = Mailbox.make<number>(small)
      yield* Fiber.interrupt(yield* consume(mailbox, []))
      const batches: Array<ReadonlyArray<number>> = []
      yield* consume(mailbox, batches)
      mailbox.tell(1)
      assert.deepStrictEqual(batches, [[1]])
    })
  )

  it.effect("a second consumer is a defect, and the first stays", () =>
    Effect.gen(function* () {
      const mailbox = Mailbox.make<number>(small)
      const batches: Array<ReadonlyArray<number>> = []
      yield* consume(mailbox, batches)
      const exit = yield* Effect.exit(mailbox.ready)
      assert.strictEqual(exit._tag, "Failure")
      mailbox.tell(1)
      assert.deepStrictEqual(batches, [[1]])
    })
  )

  it("INV-32 has places left for what must not be lost when it is full, and says when those are gone too", () => {
    const mailbox = Mailbox.make<number>(small)
    while (mailbox.offerUrgent(1));
    for (let count = 0; count < Mailbox.vitalReserve; count++) assert.isTrue(mailbox.tellVital(2))
    assert.isFalse(mailbox.overflowed)
    assert.isFalse(mailbox.tellVital(3))
    assert.isTrue(mailbox.overflowed)
    assert.strictEqual(mailbox.drain().length, small.urgentCapacity + Mailbox.vitalReserve)
  })

  it.effect("closed, it refuses, gives back what was not taken, and wakes its consumer", () =>
    Effect.gen(function* () {
      const mailbox = Mailbox.make<string>(small)
      const fiber = yield* consume(mailbox, [])
      mailbox.offer("call")
      mailbox.offerUrgent("kill")
      assert.deepStrictEqual(mailbox.close(), ["kill", "call"])
      yield* Fiber.join(fiber)
      assert.isFalse(mailbox.offer("late"))
      assert.isFalse(mailbox.tellUrgent("late"))
      assert.deepStrictEqual(mailbox.close(), [])
    })
  )

  it.effect("gives way to the event loop when its consumer never gets to park", () =>
    Effect.gen(function* () {
      const mailbox = Mailbox.make<number>(small)
      const batches: Array<ReadonlyArray<number>> = []
      yield* consume(mailbox, batches, () => mailbox.offer(0))
      mailbox.tell(0)
      assert.strictEqual(batches.length, Mailbox.messagesBeforeYield)
      assert.isTrue(mailbox.offer(1), "it is only paused")
      yield* Effect.yieldNow
      yield* Effect.yieldNow
      assert.isAbove(batches.length, Mailbox.messagesBeforeYield)
    })
  )
})
