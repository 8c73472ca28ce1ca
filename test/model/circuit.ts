import assert from "node:assert/strict"
import * as fc from "fast-check"
import type { CircuitSettings } from "../../src/domain/BackendSpec.ts"
import * as Circuit from "../../src/machine/Circuit.ts"
import { circuitSettings, millisOf, random, stretch, stretchWords } from "./arbitraries.ts"
import { CircuitBook, type Given } from "./circuitBook.ts"
import { command, modelOf } from "./sequences.ts"

interface Real {
  readonly settings: CircuitSettings
  readonly reached: Set<string>
  now: number
  state: Circuit.CircuitState
}

const named = (
  name: string,
  run: (book: CircuitBook, real: Real) => void,
  fits?: (book: Readonly<CircuitBook>) => boolean
) =>
  command<CircuitBook, Real>(
    name,
    (book, real) => {
      const before = real.state
      run(book, real)
      const { reached, state } = real
      assert.equal(state._tag, book.tag, `INV-20: ${before._tag}, ${name}`)
      assert.ok(state.epoch >= before.epoch, "INV-23: an epoch came again")
      if (state._tag !== before._tag) assert.ok(state.epoch > before.epoch, "INV-23: two states of one epoch")
      reached.add(`${before._tag}>${state._tag}`)
    },
    fits
  )

const ask = (book: CircuitBook, real: Real): void => {
  const before = real.state
  const admission = Circuit.admit(before, real.now)
  real.state = admission.state
  if (admission._tag === "Refused") assert.equal(admission.state, before, "a refusal changed something")
  book.asked(admission, real.now)
}

/** `undefined`: the call never went out, or was interrupted. */
type Result = Circuit.CallResult | undefined

const giveBack = (book: CircuitBook, real: Real, given: Given, result: Result, chance: number): void => {
  const { now, settings, state: before } = real
  real.state =
    result === undefined
      ? Circuit.release(before, given.permit)
      : Circuit.record(before, given.permit, result, settings, now, chance)
  if (!book.isCurrent(given)) {
    real.reached.add(`late ${result ?? "release"} in ${before._tag}`)
    return assert.equal(real.state, before, "INV-23: a result of an older epoch changed something")
  }
  if (book.tag === "Closed" && (result === "ignored" || result === undefined)) {
    assert.equal(real.state, before, "INV-24: an excluded outcome changed something")
  }
  book.returned(result ?? "ignored", now, real.state._tag === "Open")
}

const admit = named("admit", ask)

/** `pick` 0 is the permit that was given last. */
const picked = <A>(list: ReadonlyArray<A>, pick: number): A | undefined => list.at(-1 - (pick % list.length))

const giveBackOnce = (pick: number, result: Result, chance: number) =>
  named(
    `${result ?? "release"} of permit -${pick}`,
    (book, real) => {
      const given = picked(book.out, pick)
      assert.ok(given)
      book.out.splice(book.out.indexOf(given), 1)
      giveBack(book, real, given, result, chance)
      book.spent.push(given)
    },
    ({ out }) => out.length > 0
  )

/** Closed, a circuit relies on each permit to come back once; otherwise a second time must change nothing (INV-25). */
const giveBackAgain = (pick: number, result: Result, chance: number) =>
  named(
    `again ${result ?? "release"} of permit -${pick}`,
    (book, real) => {
      const given = picked(book.spent, pick)
      assert.ok(given)
      if (!(book.tag === "Closed" && given.stay === book.stay)) giveBack(book, real, given, result, chance)
    },
    ({ spent }) => spent.length > 0
  )

/** Calls one after another, each admitted and ended at once; what is refused is left. */
const calls = (times: number, result: Circuit.CallResult, chance: number) =>
  named(`${times} calls, each a ${result}`, (book, real) => {
    for (let call = 0; call < times && book.tag === "Closed"; call++) {
      ask(book, real)
      const given = book.out.pop()
      assert.ok(given)
      giveBack(book, real, given, result, chance)
      assert.equal(real.state._tag, book.tag, `INV-20: after call ${call} of ${times}`)
    }
  })

const isolate = named("isolate", (book, real) => {
  real.state = Circuit.isolate(real.state)
  if (book.tag !== "Isolated") book.enter("Isolated", real.now)
})

const restore = named("restore", (book, real) => {
  real.state = Circuit.restore(real.state)
  if (book.tag === "Isolated") book.enter("Closed", real.now)
})

const wait = stretch("windowMillis", "openMillis", "openCapMillis").map((each) =>
  named(`wait ${stretchWords(each)}`, (_, real) => {
    real.now += millisOf(each, real.settings)
  })
)

const waitAsTold = named("wait as told", ({ promisedAt }, real) => {
  real.now = Math.max(real.now, promisedAt ?? 0)
})

const pick = fc.nat({ max: 12 })
const result = fc.constantFrom<Result>("success", "failure", "failure", "failure", "ignored", undefined)
const giving = fc.tuple(fc.oneof(fc.constant(0), pick), result, random)

/** INV-39: from wherever it is, successes alone close it within one opening time, once every permit has come back. */
const closes = (book: CircuitBook, real: Real): void => {
  restore.run(book, real)
  for (const given of book.out.splice(0)) giveBack(book, real, given, undefined, 0)
  real.now += 1 + real.settings.openCapMillis * (1 + real.settings.jitter)
  const successes = Math.min(real.settings.successes, 100)
  for (let call = 0; call < successes; call++) {
    ask(book, real)
    const given = book.out.pop()
    assert.ok(given, "INV-39: the circuit admits nothing, though its time is over and no permit is out")
    giveBack(book, real, given, "success", 0)
  }
  assert.equal(real.state._tag, book.tag)
  if (successes === real.settings.successes) assert.equal(real.state._tag, "Closed", "INV-39")
}

/** The circuit against a book of the calls since it was closed and of the permits that are out. */
export const circuit = modelOf<CircuitSettings, CircuitBook, Real>({
  name: "circuit",
  invariants: [20, 21, 22, 23, 24, 25, 39],
  settings: circuitSettings,
  command: fc.oneof(
    { weight: 16, arbitrary: fc.constant(admit) },
    { weight: 16, arbitrary: giving.map((each) => giveBackOnce(...each)) },
    { weight: 2, arbitrary: giving.map((each) => giveBackAgain(...each)) },
    {
      weight: 1,
      arbitrary: fc
        .tuple(
          fc.oneof(fc.integer({ min: 1, max: 8 }), fc.integer({ min: 1, max: 200 })),
          fc.constantFrom<Circuit.CallResult>("success", "failure"),
          random
        )
        .map((each) => calls(...each))
    },
    { weight: 1, arbitrary: fc.constant(isolate) },
    { weight: 2, arbitrary: fc.constant(restore) },
    { weight: 5, arbitrary: wait },
    { weight: 3, arbitrary: fc.constant(waitAsTold) }
  ),
  begin: (settings, reached) => {
    assert.equal(Circuit.validate(settings), undefined)
    return { model: new CircuitBook(settings), real: { settings, reached, now: 0, state: Circuit.initial } }
  },
  end: closes
})
