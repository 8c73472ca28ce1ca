/** What a scenario has found out: figures, and what should not have been. */
export class Findings {
  readonly #slackMillis: number
  readonly facts: Record<string, number | string> = {}
  readonly failures: Array<string> = []

  /** `slackMillis`: how much later than its bound anything may be, for timers and a busy machine. */
  constructor(slackMillis = 0) {
    this.#slackMillis = slackMillis
  }

  /** Times are rounded to whole milliseconds. */
  fact(name: string, value: number | string): void {
    this.facts[name] = typeof value === "number" && !Number.isInteger(value) ? Math.round(value * 10) / 10 : value
  }

  /** `what` is the sentence that is false if this does not hold. */
  check(holds: boolean, what: string): void {
    if (!holds) this.failures.push(what)
  }

  /** The time as a fact, and a failure if it is beyond its bound by more than the slack. */
  inTime(name: string, millis: number, boundMillis: number): void {
    this.atMost(name, millis, boundMillis + this.#slackMillis)
  }

  /** The value as a fact, and a failure if it is beyond its bound. */
  atMost(name: string, value: number, bound: number): void {
    this.fact(name, value)
    this.check(value <= bound, `${name} is ${value.toFixed(1)}, at most ${Math.round(bound * 10) / 10} is allowed`)
  }
}
