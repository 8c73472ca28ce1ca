import assert from "node:assert/strict"
import type { RestartSettings } from "../../src/domain/BackendSpec.ts"
import type { RestartDecision } from "../../src/machine/RestartPolicy.ts"
import { hairMillis } from "./arbitraries.ts"

/**
 * The restart policy with a perfect memory: it forgets nothing that ever happened, and counts all of it anew each time.
 * `now` never runs backwards.
 */
export class RestartLedger {
  readonly settings: RestartSettings
  /** When restarts are to happen, or did. One that was called off counts once its time has come: nobody can tell. */
  #decided: Array<number> = []
  /** When restarts really happened. */
  #happened: Array<number> = []
  /** Everything that counts for the streak, in order: restarts decided, and the lengths of the ready times. */
  #course: Array<"restart" | number> = []
  #readySince: number | undefined = undefined

  constructor(settings: RestartSettings) {
    this.settings = settings
  }

  ready(now: number): void {
    this.#readySince ??= now
  }

  ended(now: number): void {
    if (this.#readySince !== undefined) this.#course.push(now - this.#readySince)
    this.#readySince = undefined
  }

  /** It went down, and this was decided. */
  judge(decision: RestartDecision, now: number): void {
    this.ended(now)
    this.#decided = this.#decided.filter((at) => at <= now)
    const { intensity, jitter, windowMillis } = this.settings
    const middle = this.#middleMillis()
    const earliest = middle * (1 - jitter)
    if (decision._tag === "Quarantine") {
      const enough = this.#countedSince(now + earliest - windowMillis - hairMillis) >= intensity
      assert.ok(enough, "INV-13: quarantined, though there was room for one more restart in the window")
      return
    }
    const { attempt, delayMillis } = decision
    assert.equal(attempt, this.#streak() + 1, "INV-19: the streak")
    assert.ok(delayMillis >= earliest - hairMillis, `INV-14: ${delayMillis} ms is less than ${earliest} ms`)
    const latest = middle * (1 + jitter)
    assert.ok(delayMillis <= latest + hairMillis, `INV-14: ${delayMillis} ms is more than ${latest} ms`)
    const at = now + delayMillis
    const before = this.#countedSince(at - windowMillis + hairMillis)
    assert.ok(before < intensity, `INV-13: one more restart, though ${before} are in its window`)
    this.#decided.push(at)
    this.#course.push("restart")
  }

  /** The restart that was decided last happens. */
  restarted(now: number): void {
    this.#decided.splice(-1, 1, now)
    this.#happened.push(now)
    const { intensity, windowMillis } = this.settings
    const inWindow = this.#happened.filter((at) => at > now - windowMillis + hairMillis).length
    assert.ok(inWindow <= intensity, `INV-13: ${inWindow} restarts in one window`)
  }

  /** By hand: nothing of before counts. */
  forget(): void {
    this.#decided = []
    this.#happened = []
    this.#course = []
    this.#readySince = undefined
  }

  /** Restarts since it was last ready for long enough. */
  #streak(): number {
    const long = this.#course.findLastIndex((each) => each !== "restart" && each >= this.settings.stableMillis)
    return this.#course.slice(long + 1).filter((each) => each === "restart").length
  }

  /** The delay that comes next, without jitter. */
  #middleMillis(): number {
    const { baseMillis, capMillis, factor } = this.settings
    let millis = baseMillis
    for (let left = this.#streak(); left > 0; left--) millis = Math.min(capMillis, millis * factor)
    return millis
  }

  #countedSince(from: number): number {
    return this.#decided.filter((at) => at > from).length
  }
}
