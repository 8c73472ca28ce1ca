import assert from "node:assert/strict"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import type * as Fiber from "effect/Fiber"
import * as fc from "fast-check"
import * as Mailbox from "../../src/kernel/Mailbox.ts"
import { VirtualTime } from "../../src/simulation/VirtualTime.ts"
import { command, modelOf } from "./sequences.ts"

/** The model: two lists, and where the consumer is. Messages are numbers, in the order in which they were made. */
interface Lanes {
  readonly bounds: Mailbox.MailboxBounds
  normal: Array<number>
  urgent: Array<number>
  made: number
  isClosed: boolean
  isOverflowed: boolean
  isParked: boolean
  /** Messages handed over since the consumer last parked or gave way. */
  handled: number
}

interface Real {
  readonly mailbox: Mailbox.Mailbox<number>
  readonly time: VirtualTime
  readonly reached: Set<string>
  consumer: Fiber.Fiber<void> | undefined
  isAwake: boolean
}

const named = (name: string, run: (lanes: Lanes, real: Real) => void, fits?: (lanes: Readonly<Lanes>) => boolean) =>
  command<Lanes, Real>(
    name,
    (lanes, real) => {
      run(lanes, real)
      const { mailbox } = real
      assert.equal(real.isAwake, !lanes.isParked, `after "${name}" the consumer is awake`)
      assert.deepEqual([mailbox.size, mailbox.urgentSize], [lanes.normal.length, lanes.urgent.length], "what waits")
      assert.equal(mailbox.closed, lanes.isClosed)
      assert.equal(mailbox.overflowed, lanes.isOverflowed, "a message that must not be lost was")
    },
    fits
  )

const wakeParked = (lanes: Lanes): void => {
  if (lanes.normal.length > 0 || lanes.urgent.length > 0 || lanes.isClosed) lanes.isParked = false
}

const ways = ["offer", "offerUrgent", "tell", "tellUrgent", "tellVital"] as const
type Way = (typeof ways)[number]

/** What the model makes of one message: whether it was taken. */
const put = (lanes: Lanes, way: Way, message: number): boolean => {
  if (lanes.isClosed) return false
  const isUrgent = way === "offerUrgent" || way === "tellUrgent" || way === "tellVital"
  const lane = isUrgent ? lanes.urgent : lanes.normal
  const { capacity, urgentCapacity } = lanes.bounds
  const room = way === "tellVital" ? urgentCapacity + Mailbox.vitalReserve : isUrgent ? urgentCapacity : capacity
  const isTaken = lane.length < room
  if (isTaken) lane.push(message)
  if (way === "tellVital") {
    lanes.isOverflowed ||= !isTaken
    wakeParked(lanes)
    return !lanes.isOverflowed
  }
  if (isTaken && (way === "tell" || way === "tellUrgent")) wakeParked(lanes)
  return isTaken
}

const send = (way: Way, times: number) =>
  named(`${way} ${times}`, (lanes, { mailbox }) => {
    for (let n = 0; n < times; n++) {
      const message = ++lanes.made
      assert.equal(mailbox[way](message), put(lanes, way, message), `INV-32: message ${message} was taken`)
    }
  })

const flush = named("flush", (lanes, { mailbox }) => {
  mailbox.flush()
  wakeParked(lanes)
})

const drain = named(
  "drain",
  (lanes, { mailbox, reached }) => {
    const isUrgent = lanes.urgent.length > 0
    const batch = isUrgent ? lanes.urgent.splice(0) : lanes.normal.splice(0, Mailbox.batchMessages)
    assert.deepEqual(mailbox.drain(), batch, "the batch")
    lanes.handled += batch.length
    if (batch.length === Mailbox.batchMessages && lanes.normal.length > 0) reached.add("more than a batch")
  },
  ({ isParked }) => !isParked
)

/** The consumer waits until something is there; after many messages it lets others run first. */
const wait = named(
  "wait",
  (lanes, real) => {
    const { mailbox, reached, time } = real
    const isReady = lanes.normal.length > 0 || lanes.urgent.length > 0 || lanes.isClosed
    real.isAwake = false
    const awake = Effect.map(mailbox.ready, () => {
      real.isAwake = true
    })
    real.consumer = Effect.runFork(awake, { scheduler: time.scheduler })
    const givesWay = isReady && lanes.handled >= Mailbox.messagesBeforeYield
    if (givesWay) {
      reached.add("gave way")
      assert.ok(!real.isAwake, "it gives way to timers and I/O after so many messages")
      time.settle()
    }
    if (givesWay || !isReady) lanes.handled = 0
    lanes.isParked = !isReady
  },
  ({ isParked }) => !isParked
)

const interrupt = named(
  "interrupt",
  (lanes, real) => {
    real.consumer?.interruptUnsafe()
    real.time.settle()
    assert.ok(!real.isAwake, "who was interrupted got nothing")
    real.isAwake = true
    lanes.isParked = false
  },
  ({ isParked }) => isParked
)

/** Of two that would have to wait, the second is told so. */
const secondConsumer = named(
  "a second consumer",
  (_, { mailbox, time }) => {
    const second = Effect.runFork(mailbox.ready, { scheduler: time.scheduler })
    const exit = second.pollUnsafe()
    assert.ok(exit !== undefined && Exit.hasDies(exit), "a second consumer is a defect")
  },
  ({ isParked, normal, urgent }) => isParked && normal.length === 0 && urgent.length === 0
)

const close = named("close", (lanes, { mailbox }) => {
  const untaken = [...lanes.urgent.splice(0), ...lanes.normal.splice(0)]
  assert.deepEqual(mailbox.close(), untaken, "what was never taken")
  lanes.isClosed = true
  wakeParked(lanes)
})

const way = fc.constantFrom(...ways)
const bound = (most: number) => fc.oneof(fc.integer({ min: 1, max: 4 }), fc.integer({ min: 1, max: most }))

/** The mailbox against two lists. */
export const mailbox = modelOf<Mailbox.MailboxBounds, Lanes, Real>({
  name: "mailbox",
  invariants: [32],
  settings: fc.record({ capacity: bound(300), urgentCapacity: bound(100) }),
  command: fc.oneof(
    { weight: 30, arbitrary: fc.tuple(way, fc.integer({ min: 1, max: 3 })).map((each) => send(...each)) },
    { weight: 4, arbitrary: fc.tuple(way, fc.integer({ min: 1, max: 150 })).map((each) => send(...each)) },
    { weight: 1, arbitrary: fc.constantFrom(1_000, 1_100).map((times) => send("tellVital", times)) },
    { weight: 5, arbitrary: fc.constant(flush) },
    { weight: 20, arbitrary: fc.constant(drain) },
    { weight: 20, arbitrary: fc.constant(wait) },
    { weight: 4, arbitrary: fc.constant(interrupt) },
    { weight: 2, arbitrary: fc.constant(secondConsumer) },
    { weight: 1, arbitrary: fc.constant(close) }
  ),
  begin: (bounds, reached) => ({
    model: {
      bounds,
      normal: [],
      urgent: [],
      made: 0,
      isClosed: false,
      isOverflowed: false,
      isParked: false,
      handled: 0
    },
    real: { mailbox: Mailbox.make(bounds), time: new VirtualTime(), reached, consumer: undefined, isAwake: true }
  })
})
