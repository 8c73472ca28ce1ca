import assert from "node:assert/strict"
import * as fc from "fast-check"
import type { CircuitSettings } from "../../src/domain/BackendSpec.ts"
import * as FailureWindow from "../../src/machine/FailureWindow.ts"
import { circuitSettings, millisOf, stretch, stretchWords } from "./arbitraries.ts"
import { CallBook } from "./callBook.ts"
import { command, modelOf } from "./sequences.ts"

interface Real {
  readonly settings: CircuitSettings
  readonly reached: Set<string>
  now: number
  window: FailureWindow.FailureWindow
}

const verify = (book: CallBook, { now, reached, settings, window }: Real): void => {
  const calls = window.calls + window.pastCalls
  const failures = window.failures + window.pastFailures
  const { least, most } = book.bounds(now)
  assert.ok(failures >= least.failures, `${failures} failures, but ${least.failures} are in nine tenths of the window`)
  assert.ok(failures <= most.failures, `${failures} failures, but only ${most.failures} are in the window`)
  assert.ok(calls <= most.calls, `${calls} calls, but only ${most.calls} are in the window`)
  const hasEnough = calls * settings.failureRate >= FailureWindow.exactFailures && calls >= settings.minimumCalls
  assert.ok(calls >= least.calls || hasEnough, `${calls} calls, but ${least.calls} are in nine tenths of the window`)
  assert.ok(calls >= least.sure, `${calls} calls, but ${least.sure} came after a failure`)
  if (calls < least.calls) reached.add("left out")
  const exceeds = FailureWindow.exceeds(window, settings)
  const expected = book.exceeds(now)
  reached.add(`exceeds: ${expected}`)
  if (expected !== undefined) assert.equal(exceeds, expected, "too many failed")
  assert.ok(window.past.length < FailureWindow.bucketCount, "INV-32: more buckets than a window has")
}

const add = (failed: boolean, times: number) =>
  command<CallBook, Real>(`${times} x ${failed ? "failure" : "success"}`, (book, real) => {
    for (let call = 0; call < times; call++) {
      real.window = FailureWindow.add(real.window, real.settings, real.now, failed)
    }
    book.add(real.now, failed, times)
    verify(book, real)
  })

const wait = stretch("windowMillis").map((each) =>
  command<CallBook, Real>(`wait ${stretchWords(each)}`, (_, real) => {
    real.now += millisOf(each, real.settings)
  })
)

/** Some tenths of the window, so that its buckets are filled one after another. */
const waitTenths = fc.constantFrom(0.5, 1, 2, 5, 9, 9.5).map((tenths) =>
  command<CallBook, Real>(`wait ${tenths} tenths`, (_, real) => {
    real.now += (tenths * real.settings.windowMillis) / 10
  })
)

/** The failure window against a book of every call that ever was. */
export const failureWindow = modelOf<CircuitSettings, CallBook, Real>({
  name: "failureWindow",
  invariants: [32],
  settings: circuitSettings,
  command: fc.oneof(
    { weight: 6, arbitrary: fc.tuple(fc.boolean(), fc.constantFrom(1, 1, 1, 2, 5)).map((each) => add(...each)) },
    { weight: 1, arbitrary: fc.tuple(fc.boolean(), fc.integer({ min: 1, max: 300 })).map((each) => add(...each)) },
    { weight: 2, arbitrary: wait },
    { weight: 3, arbitrary: waitTenths }
  ),
  begin: (settings, reached) => ({
    model: new CallBook(settings),
    real: { settings, reached, now: 0, window: FailureWindow.empty }
  })
})
