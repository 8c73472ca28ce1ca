import type { JsonObject } from "../domain/Json.ts"
import { certaintyIn } from "./checks/Outcomes.ts"
import type { CallRecord, Observation } from "./Observation.ts"
import type { Watcher } from "./World.ts"

/** What the clients of one backend saw, or of several. */
export interface Experience {
  readonly calls: number
  /** The backend answered: with a result, or with an error of its own. */
  readonly completed: number
  readonly failed: number
  /** The gateway refused them before anything was sent; safe to repeat. */
  readonly refused: number
  /** Sent, and nobody knows whether they were done. */
  readonly unknown: number
  readonly cancelled: number
  /** The share of calls that the backend answered, of those that were not cancelled; 1 when there were none. */
  readonly availability: number
  /** Times in which no call succeeded although some were made. */
  readonly outages: number
  /** From the first call that did not succeed to the next that did, milliseconds: in the middle, and at worst. */
  readonly recoveryMillis: number
  readonly longestOutageMillis: number
}

type End = "completed" | "failed" | "refused" | "unknown" | "cancelled"

/**
 * Keeps the account of what clients see, call by call as they end, so that no call has to be kept for it. It is closed
 * after so many milliseconds: calls that are made later, while everything heals, do not count, and an outage that is not
 * over by then lasts until then.
 */
export class ExperienceLog implements Watcher {
  readonly #accounts: ReadonlyMap<string, Account>
  readonly #untilMillis: number

  constructor(backends: ReadonlyArray<string>, untilMillis: number) {
    this.#accounts = new Map(backends.map((name) => [name, new Account()]))
    this.#untilMillis = untilMillis
  }

  readonly saw = (seen: Observation, at: number): void => {
    if (seen._tag === "Replied" && seen.call.replies.length === 1) this.#ended(seen.call, endOf(seen.message), at)
    else if (seen._tag === "Cancelled") this.#ended(seen.call, "cancelled", at)
  }

  /** What the clients of one backend saw. */
  of(backend: string): Experience {
    const account = this.#accounts.get(backend)
    return sumOf(account === undefined ? [] : [account], this.#untilMillis)
  }

  /** What those of all backends saw. An outage is one of a single backend. */
  all(): Experience {
    return sumOf([...this.#accounts.values()], this.#untilMillis)
  }

  #ended({ askedAt, backend }: CallRecord, end: End, at: number): void {
    if (askedAt >= this.#untilMillis) return
    this.#accounts.get(backend)?.add(end, Math.min(at, this.#untilMillis))
  }
}

/**
 * The same of calls that were kept, those of each backend by themselves. An outage that does not end lasts until the last
 * reply.
 */
export const experienceOf = (backends: ReadonlyArray<ReadonlyArray<CallRecord>>): Experience => {
  let last = 0
  const accounts = backends.map((calls) => {
    const account = new Account()
    const replies = calls.flatMap(({ replies: [reply] }) => (reply === undefined ? [] : [reply]))
    for (const reply of replies.sort((one, other) => one.at - other.at)) {
      account.add(endOf(reply.message), reply.at)
      last = Math.max(last, reply.at)
    }
    account.counts.cancelled = calls.length - replies.length
    return account
  })
  return sumOf(accounts, last)
}

const sumOf = (accounts: ReadonlyArray<Account>, until: number): Experience => {
  const total = (end: End) => accounts.reduce((sum, { counts }) => sum + counts[end], 0)
  const [completed, failed, refused] = [total("completed"), total("failed"), total("refused")]
  const [unknown, cancelled] = [total("unknown"), total("cancelled")]
  const asked = completed + failed + refused + unknown
  const outages = accounts.flatMap((account) => account.outages(until)).sort((one, other) => one - other)
  return {
    calls: asked + cancelled,
    completed,
    failed,
    refused,
    unknown,
    cancelled,
    availability: asked === 0 ? 1 : (completed + failed) / asked,
    outages: outages.length,
    recoveryMillis: outages[Math.floor(outages.length / 2)] ?? 0,
    longestOutageMillis: outages.at(-1) ?? 0
  }
}

/** The calls of one backend: how many ended how, and from when to when none was answered. */
class Account {
  readonly counts: Record<End, number> = { completed: 0, failed: 0, refused: 0, unknown: 0, cancelled: 0 }
  readonly #outages: Array<number> = []
  #downSince: number | undefined

  add(end: End, at: number): void {
    this.counts[end]++
    if (end === "cancelled") return
    if (end === "refused" || end === "unknown") this.#downSince ??= at
    else if (this.#downSince !== undefined) {
      this.#outages.push(at - this.#downSince)
      this.#downSince = undefined
    }
  }

  /** How long each took, milliseconds; one that has not ended until `at`. */
  outages(at: number): ReadonlyArray<number> {
    const open = this.#downSince === undefined ? [] : [at - this.#downSince]
    return [...this.#outages, ...open].filter((millis) => millis > 0)
  }
}

const endOf = (message: JsonObject): End => {
  const certainty = certaintyIn(message)
  if (certainty === "not_sent") return "refused"
  return certainty === "unknown" || certainty === "completed" ? certainty : "failed"
}
