/** What happened to each call, by its text, held against what the backend itself has written down. */
import { hasText, isUnharmed, type Ending } from "./endings.ts"
import type { Findings } from "./findings.ts"

/** A call that has ended. The reply itself is kept only where it is of interest. */
export interface Ended {
  readonly certainty: Ending["certainty"]
  readonly code: number | undefined
  /** The reply of a call that did not go well. */
  readonly harm: string | undefined
  /** When it began and ended, milliseconds of `performance.now()`. */
  readonly begunAt: number
  readonly endedAt: number
}

/** Failures of one kind that are named; more are counted. */
const named = 3
const shownCharacters = 300

export class Ledger {
  readonly name: string
  readonly ended = new Map<string, Ended>()
  readonly #open = new Map<string, number>()
  readonly #twice: Array<string> = []
  readonly #mistaken: Array<string> = []

  constructor(name: string) {
    this.name = name
  }

  begin(text: string): void {
    this.#open.set(text, performance.now())
  }

  /** `echoes`: a result must have the text in it. */
  end(text: string, ending: Ending, echoes: boolean): void {
    const begunAt = this.#open.get(text)
    if (begunAt === undefined) {
      this.#twice.push(text)
      return
    }
    this.#open.delete(text)
    const { certainty, code, reply } = ending
    if (echoes && certainty === "completed" && !hasText(ending, text)) this.#mistaken.push(text)
    const harm = isUnharmed(ending) ? undefined : JSON.stringify(reply).slice(0, shownCharacters)
    this.ended.set(text, { certainty, code, harm, begunAt, endedAt: performance.now() })
  }

  /** How long the calls took, milliseconds. */
  millis(): ReadonlyArray<number> {
    return [...this.ended.values()].map(({ begunAt, endedAt }) => endedAt - begunAt)
  }

  /** Every call has ended once, with its own answer or a word on what is known. */
  judge(findings: Findings): void {
    for (const [kind, count] of this.#tally()) findings.fact(`${this.name}: ${kind}`, count)
    this.#none(findings, "got no answer", [...this.#open.keys()])
    this.#none(findings, "ended twice", this.#twice)
    this.#none(findings, "got another's answer", this.#mistaken)
    this.#none(findings, "ended with no certainty", this.#endedAs("none given"))
  }

  /** As `judge`, and each call was answered as it should be. */
  judgeUnharmed(findings: Findings): void {
    this.judge(findings)
    const harmed = [...this.ended].flatMap(([text, { harm }]) => (harm === undefined ? [] : [`${text} (${harm})`]))
    this.#none(findings, "failed", harmed)
  }

  /** As `judge`, and what callers were told is what the backend's journal says: the texts of the calls that it got. */
  judgeAgainst(journal: ReadonlyArray<string>, findings: Findings): void {
    this.judge(findings)
    const arrived = new Set(journal)
    findings.fact(`${this.name}: arrived`, arrived.size)
    if (arrived.size !== journal.length) this.#none(findings, "arrived twice", repeated(journal))
    const told = (certainty: Ended["certainty"], there: boolean) =>
      this.#endedAs(certainty).filter((text) => arrived.has(text) === there)
    this.#none(findings, "arrived, and was said not to have been sent", told("not_sent", true))
    this.#none(findings, "was answered, and never arrived", told("completed", false))
  }

  /** Calls by how they ended: `completed`, `unknown -31005` and so on. */
  #tally(): ReadonlyMap<string, number> {
    const tally = new Map<string, number>()
    for (const { certainty, code } of this.ended.values()) {
      const kind = code === undefined ? certainty : `${certainty} ${code}`
      tally.set(kind, (tally.get(kind) ?? 0) + 1)
    }
    return tally
  }

  #endedAs(certainty: Ended["certainty"]): ReadonlyArray<string> {
    return [...this.ended].filter(([, ended]) => ended.certainty === certainty).map(([text]) => text)
  }

  #none(findings: Findings, what: string, calls: ReadonlyArray<string>): void {
    if (calls.length === 0) return
    const others = calls.length > named ? ` and ${calls.length - named} more` : ""
    findings.failures.push(`${this.name}: a call ${what}: ${calls.slice(0, named).join(", ")}${others}`)
  }
}

const repeated = (texts: ReadonlyArray<string>): ReadonlyArray<string> => {
  const seen = new Set<string>()
  return texts.filter((text) => seen.size === seen.add(text).size)
}
