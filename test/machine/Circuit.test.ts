import { assert, describe, it } from "@effect/vitest"
import * as fc from "fast-check"
import * as Circuit from "../../src/machine/Circuit.ts"
import type { CircuitMove } from "./circuitOps.ts"
import { circuitOps, circuitSettings, defaults, play } from "./circuitOps.ts"
import { holds, random } from "../fixtures/property.ts"

const plays = fc.tuple(circuitSettings, circuitOps)

const everyMove = (check: (move: CircuitMove) => void, seed?: number) =>
  holds(plays, ([settings, ops]) => play(settings, ops).forEach(check), 300, seed)

/** Calls in a row, each admitted and ended at once. */
const calls = (state: Circuit.CircuitState, results: ReadonlyArray<Circuit.CallResult>, now: number) =>
  results.reduce((current, result) => {
    const admission = Circuit.admit(current, now)
    assert(admission._tag === "Admitted")
    return Circuit.record(admission.state, admission.permit, result, defaults, now, 0.5)
  }, state)

const opened = calls(Circuit.initial, Array<Circuit.CallResult>(5).fill("failure"), 0)

/** By what the state may change, and how. */
const allowed = new Map([
  ["record", ["Closed>Open", "HalfOpen>Closed", "HalfOpen>Open"]],
  ["admit", ["Open>HalfOpen"]],
  ["isolate", ["Closed>Isolated", "Open>Isolated", "HalfOpen>Isolated"]],
  ["restore", ["Isolated>Closed"]]
])

describe("Circuit", () => {
  it("INV-20 only closed>open, open>half-open, half-open>closed, half-open>open, and isolate and restore by hand", () => {
    everyMove(({ after, before, op }) => {
      if (before._tag !== after._tag) assert.include(allowed.get(op.op) ?? [], `${before._tag}>${after._tag}`)
    })
  })

  it("INV-20 each of those is reached by the sequences tried here", () => {
    const seen = new Set<string>()
    everyMove(({ after, before }) => {
      if (before._tag !== after._tag) seen.add(`${before._tag}>${after._tag}`)
    }, 1)
    assert.sameMembers([...seen], [...allowed.values()].flat())
  })

  it("INV-21 open admits nothing before its time, and says how long that is", () => {
    everyMove(({ admission, before, now }) => {
      if (admission === undefined || before._tag !== "Open") return
      if (now >= before.until) assert.strictEqual(admission._tag, "Admitted")
      else {
        assert(admission._tag === "Refused")
        assert.strictEqual(admission.cause, "open")
        assert.isAtLeast(now + (admission.retryAfterMs ?? 0), before.until)
        assert.isBelow(now + (admission.retryAfterMs ?? 0), before.until + 1)
      }
    })
  })

  it("INV-21 the nth opening lasts min(cap, openMillis * openFactor^n), within the jitter", () => {
    holds(plays, ([settings, ops]) => {
      for (const { after, before, now } of play(settings, ops)) {
        if (after._tag !== "Open" || before === after) continue
        const earlier = before._tag === "HalfOpen" ? before.openings : 0
        assert.strictEqual(after.openings, earlier + 1)
        const middle = Math.min(settings.openCapMillis, settings.openMillis * settings.openFactor ** earlier)
        assert.isAtLeast(after.until - now, middle * (1 - settings.jitter))
        assert.isAtMost(after.until - now, middle * (1 + settings.jitter))
      }
    })
  })

  it("INV-22 half-open admits one at a time", () => {
    everyMove(({ admission, before }) => {
      if (admission === undefined || before._tag !== "HalfOpen") return
      assert.strictEqual(admission._tag, before.probing ? "Refused" : "Admitted")
    })
    const first = Circuit.admit(opened, 60_000)
    const second = Circuit.admit(first.state, 60_000)
    assert.strictEqual(first._tag, "Admitted")
    assert.deepStrictEqual(second, {
      _tag: "Refused",
      state: first.state,
      cause: "probing",
      retryAfterMs: Circuit.probeRetryMillis
    })
  })

  it("INV-23 a result of an older epoch changes nothing", () => {
    everyMove(({ after, before, permit }) => {
      assert.isAtLeast(after.epoch, before.epoch)
      if (before._tag !== after._tag) assert.isAbove(after.epoch, before.epoch)
      if (permit !== undefined && permit.epoch < before.epoch) assert.strictEqual(after, before)
    })
  })

  it("INV-24 excluded outcomes never move it, they only give the half-open permit back", () => {
    everyMove(({ after, before, op }) => {
      if (op.op !== "release" && !(op.op === "record" && op.result === "ignored")) return
      if (before._tag === "HalfOpen")
        assert.deepStrictEqual({ ...after, probing: false }, { ...before, probing: false })
      else assert.strictEqual(after, before)
    })
  })

  it("INV-25 the half-open permit counts once, however often it is given back", () => {
    const probe = Circuit.admit(opened, 60_000)
    assert(probe._tag === "Admitted")
    const released = Circuit.release(probe.state, probe.permit)
    assert.strictEqual(Circuit.record(released, probe.permit, "success", defaults, 60_000, 0), released)
    const next = Circuit.admit(released, 60_000)
    assert.strictEqual(next._tag, "Admitted")
    assert.strictEqual(Circuit.record(next.state, probe.permit, "success", defaults, 60_000, 0), next.state)
    assert.strictEqual(Circuit.release(next.state, probe.permit), next.state)
  })

  it("INV-39 from wherever it is not isolated, successes alone close it within one opening time", () => {
    holds(fc.tuple(circuitSettings, circuitOps, random), ([settings, ops, chance]) => {
      const last = play(settings, [...ops, { op: "restore" }]).at(-1)
      assert(last !== undefined)
      let state = last.after
      // A probe that is out comes back: the shell gives every permit back (INV-25).
      if (state._tag === "HalfOpen") state = Circuit.release(state, { epoch: state.epoch })
      const now = last.now + settings.openCapMillis * (1 + settings.jitter)
      for (let call = 0; call < settings.successes; call++) {
        const admission = Circuit.admit(state, now)
        assert(admission._tag === "Admitted")
        state = Circuit.record(admission.state, admission.permit, "success", settings, now, chance)
      }
      assert.strictEqual(state._tag, "Closed")
    })
  })

  it("opens on the fifth failure in a row, and a success in between starts the count again", () => {
    const four = calls(Circuit.initial, ["failure", "failure", "failure", "failure"], 0)
    assert.strictEqual(four._tag, "Closed")
    assert.strictEqual(calls(four, ["failure"], 0)._tag, "Open")
    assert.strictEqual(calls(four, ["success", "failure", "failure", "failure"], 0)._tag, "Closed")
  })

  it("opens when half of ten calls within 30 s failed, though never five in a row", () => {
    const mixed = (pairs: number, now: number, state = Circuit.initial) =>
      calls(
        state,
        Array.from({ length: pairs }, (): ReadonlyArray<Circuit.CallResult> => ["success", "failure"]).flat(),
        now
      )
    assert.strictEqual(mixed(4, 0)._tag, "Closed")
    assert.strictEqual(mixed(5, 0)._tag, "Open")
    assert.strictEqual(mixed(1, 29_999, mixed(4, 3_000))._tag, "Open")
    assert.strictEqual(mixed(1, 33_000, mixed(4, 0))._tag, "Closed")
  })

  it("closes after two good probes, and opens for longer after a bad one", () => {
    const closed = calls(opened, ["success", "success"], 30_000)
    assert.deepStrictEqual(closed._tag, "Closed")
    const again = calls(opened, ["success", "failure"], 30_000)
    assert(again._tag === "Open")
    assert.strictEqual(again.until, 30_000 + 60_000)
  })

  it("isolated, it refuses until it is restored by hand", () => {
    const isolated = Circuit.isolate(Circuit.initial)
    assert.strictEqual(Circuit.isolate(isolated), isolated)
    const refusal = Circuit.admit(isolated, 1e12)
    assert.deepStrictEqual(refusal, { _tag: "Refused", state: isolated, cause: "isolated", retryAfterMs: undefined })
    assert.strictEqual(Circuit.admit(Circuit.restore(isolated), 0)._tag, "Admitted")
    assert.strictEqual(Circuit.restore(opened), opened)
  })
})
