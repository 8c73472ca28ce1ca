import { assert, describe, it } from "@effect/vitest"
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as TestClock from "effect/testing/TestClock"
import { brokenPolicyMillis } from "../../src/kernel/Restarts.ts"
import { longestDelayMillis, type Policy, type RestartDecision } from "../../src/machine/RestartPolicy.ts"
import { capturedLogs } from "./capturedLogs.ts"
import { restart as settings, supervised } from "./supervised.ts"

/** Waits a second longer each time; remembers nothing but how often. */
const patient: Policy<number> = {
  name: "patient",
  initial: 0,
  onReady: (state) => state,
  onRestarted: (state) => state,
  onDown: (state) => ({
    state: state + 1,
    decision: { _tag: "Restart", attempt: state + 1, delayMillis: (state + 1) * 1_000 }
  })
}

const broken = { restart: "permanent", start: Effect.fail("broken") } as const

const deciding = (decision: RestartDecision): Policy<number> => ({
  ...patient,
  onDown: (state) => ({ state, decision })
})

const fault = (): never => {
  throw new Error("a fault of its own")
}

describe("Supervisor, with a policy of one's own", () => {
  const logs = capturedLogs()

  it.effect("starts the child again when the policy says, whatever the settings say", () =>
    Effect.gen(function* () {
      const { reports, supervisor } = yield* supervised()
      yield* supervisor.add({ name: "a", ...broken, policy: patient, settings })
      yield* TestClock.adjust(1_000)
      yield* TestClock.adjust(2_000)
      assert.deepStrictEqual(
        reports.filter((line) => !line.includes("exited")),
        [
          "a started 0",
          "a restart 1 in 1000",
          "a started 1",
          "a restart 2 in 2000",
          "a started 2",
          "a restart 3 in 3000"
        ]
      )
    }).pipe(Effect.provide(logs.layer))
  )

  it.effect("leaves the child alone for as long as the policy says, and then tries it", () =>
    Effect.gen(function* () {
      const { reports, supervisor } = yield* supervised()
      const policy = deciding({ _tag: "Quarantine", reason: "enough", retryMillis: 7_000 })
      yield* supervisor.add({ name: "a", ...broken, policy })
      assert.strictEqual(reports.at(-1), "a quarantined for 7000: enough")
      yield* TestClock.adjust(6_999)
      assert.lengthOf(reports, 3)
      yield* TestClock.adjust(1)
      assert.strictEqual(reports[3], "a started 0")
    }).pipe(Effect.provide(logs.layer))
  )

  it.effect("tells the policy when a restart happens and that the child is up, on a clock that only goes forward", () =>
    Effect.gen(function* () {
      const told: Array<string> = []
      const policy: Policy<number> = {
        ...patient,
        onReady: (state, now) => (told.push(`ready ${now}`), state),
        onRestarted: (state, now) => (told.push(`restarted ${now}`), state)
      }
      const { supervisor } = yield* supervised()
      yield* supervisor.add({ name: "a", ...broken, policy })
      yield* TestClock.adjust(1_000)
      assert.deepStrictEqual(told, ["ready 0", "restarted 1000", "ready 1000"])
    }).pipe(Effect.provide(logs.layer))
  )

  it.effect("remembers for each child by itself what one policy has to remember", () =>
    Effect.gen(function* () {
      const { reports, supervisor } = yield* supervised()
      yield* supervisor.add({ name: "a", ...broken, policy: patient })
      yield* TestClock.adjust(1_000)
      yield* supervisor.add({ name: "b", ...broken, policy: patient })
      assert.include(reports, "b restart 1 in 1000")
    }).pipe(Effect.provide(logs.layer))
  )

  it.effect("forgets all of it when the child is woken by hand", () =>
    Effect.gen(function* () {
      const { reports, supervisor } = yield* supervised()
      yield* supervisor.add({ name: "a", ...broken, policy: patient })
      yield* TestClock.adjust(1_000)
      assert.strictEqual(reports.at(-1), "a restart 2 in 2000")
      yield* supervisor.wake("a")
      assert.strictEqual(reports.at(-1), "a restart 1 in 1000")
    }).pipe(Effect.provide(logs.layer))
  )

  it.effect("never starts a child before a delay of broken milliseconds is over", () =>
    Effect.gen(function* () {
      const { reports, supervisor } = yield* supervised()
      const policy = deciding({ _tag: "Restart", attempt: 1, delayMillis: 2.25 })
      yield* supervisor.add({ name: "a", ...broken, policy })
      yield* TestClock.adjust(2)
      assert.notInclude(reports, "a started 1")
      yield* TestClock.adjust(1)
      assert.include(reports, "a started 1")
    }).pipe(Effect.provide(logs.layer))
  )

  it.effect.each([
    ["onReady", { ...patient, onReady: fault }, "Error: a fault of its own"],
    ["onDown", { ...patient, onDown: fault }, "Error: a fault of its own"]
  ] as const)("a policy that throws in %s quarantines its child and takes nothing else with it", ([, policy, why]) =>
    Effect.gen(function* () {
      const { reports, supervisor } = yield* supervised()
      yield* supervisor.add({ name: "good", restart: "permanent", start: Effect.never })
      yield* supervisor.add({ name: "bad", ...broken, policy })
      assert.strictEqual(reports.at(-1), `bad quarantined for ${brokenPolicyMillis}: policy "patient" broke: ${why}`)
      yield* TestClock.adjust(brokenPolicyMillis)
      assert.strictEqual(reports.filter((line) => line === "bad started 0").length, 2)
      assert.deepStrictEqual(
        supervisor.children().map(({ name, state }) => `${name} ${state._tag}`),
        ["good Running", "bad Quarantined"]
      )
    }).pipe(Effect.provide(logs.layer))
  )

  it.effect("a policy that throws in onRestarted quarantines when the child goes down next, and begins anew", () =>
    Effect.gen(function* () {
      const { reports, supervisor } = yield* supervised()
      yield* supervisor.add({ name: "a", ...broken, policy: { ...patient, onRestarted: fault } })
      yield* TestClock.adjust(1_000)
      assert.include(reports.at(-1), 'policy "patient" broke')
      yield* TestClock.adjust(brokenPolicyMillis)
      assert.strictEqual(reports.at(-1), "a restart 1 in 1000")
    }).pipe(Effect.provide(logs.layer))
  )

  const undecidable: ReadonlyArray<readonly [string, RestartDecision]> = [
    ["a delay of nothing, a crash loop without a pause", { _tag: "Restart", attempt: 1, delayMillis: 0 }],
    ["a delay into the past", { _tag: "Restart", attempt: 1, delayMillis: -1 }],
    ["a delay that is no number", { _tag: "Restart", attempt: 1, delayMillis: Number.NaN }],
    ["a delay that no timer holds", { _tag: "Restart", attempt: 1, delayMillis: longestDelayMillis + 1 }],
    ["an endless delay", { _tag: "Restart", attempt: 1, delayMillis: Infinity }],
    ["an attempt 0", { _tag: "Restart", attempt: 0, delayMillis: 1 }],
    ["a quarantine without an end", { _tag: "Quarantine", reason: "enough", retryMillis: Infinity }]
  ]
  it.effect.each(undecidable)("takes no policy at its word that decides %s", ([, decision]) =>
    Effect.gen(function* () {
      const { reports, supervisor } = yield* supervised()
      yield* supervisor.add({ name: "a", ...broken, policy: deciding(decision) })
      assert.match(reports.at(-1) ?? "", /^a quarantined for 300000: policy "patient" broke: RangeError: .* must be/)
    }).pipe(Effect.provide(logs.layer))
  )

  /** What somebody without a compiler may write. */
  const answering = (json: string): Policy<number> => ({ ...patient, onDown: () => JSON.parse(json) })

  const restart = '{ "_tag": "Restart", "attempt": 1, "delayMillis": 1000 }'
  const senseless: ReadonlyArray<readonly [string, json: string, problem: string]> = [
    ["without a state", `{ "decision": ${restart} }`, "onDown must answer a state, but there is none"],
    ["without a decision", '{ "state": 1 }', "the decision must be an object, but is undefined"],
    ["that is nothing at all", "null", "onDown must answer { state, decision }, but answers null"]
  ]
  it.effect.each(senseless)("takes no policy at its word that gives an answer %s", ([, json, problem]) =>
    Effect.gen(function* () {
      const { reports, supervisor } = yield* supervised()
      yield* supervisor.add({ name: "a", ...broken, policy: answering(json) })
      const why = `policy "patient" broke: RangeError: ${problem}`
      assert.strictEqual(reports.at(-1), `a quarantined for ${brokenPolicyMillis}: ${why}`)
      yield* TestClock.adjust(brokenPolicyMillis)
      assert.lengthOf(
        reports.filter((line) => line.includes("started")),
        2
      )
    }).pipe(Effect.provide(logs.layer))
  )

  it.effect("waits as long as a timer can hold, if the policy says so", () =>
    Effect.gen(function* () {
      const { reports, supervisor } = yield* supervised()
      const policy = deciding({ _tag: "Restart", attempt: 1, delayMillis: longestDelayMillis })
      yield* supervisor.add({ name: "a", ...broken, policy })
      yield* TestClock.adjust(longestDelayMillis - 1)
      assert.strictEqual(reports.at(-1), `a restart 1 in ${longestDelayMillis}`)
      yield* TestClock.adjust(1)
      assert.include(reports, "a started 1")
    }).pipe(Effect.provide(logs.layer))
  )

  it.effect("settings out of their bounds are a defect that names the bound, and nothing starts", () =>
    Effect.gen(function* () {
      const { reports, supervisor } = yield* supervised()
      const exit = yield* Effect.exit(
        supervisor.add({ name: "a", ...broken, settings: { ...settings, baseMillis: 0 } })
      )
      assert(Exit.isFailure(exit))
      assert.include(Cause.pretty(exit.cause), "baseMillis must be between 1")
      assert.deepStrictEqual(reports, [])
      assert.deepStrictEqual(supervisor.children(), [])
    }).pipe(Effect.provide(logs.layer))
  )
})
