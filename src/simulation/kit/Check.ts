import { Chance } from "../Chance.ts"
import { shrink } from "../Shrink.ts"
import { notRepeatable, thrownWords } from "./Broken.ts"
import { titleOf, type Law } from "./Law.ts"
import { demandRun, demandRuns, demandSeed } from "./Limits.ts"
import { anyOrigin, plainerOrigins, words } from "./Millis.ts"

export interface CheckOptions {
  /** How many histories are tried, 1 to 10,000,000; default `checkRuns`. */
  readonly runs?: number
  /** Any text or whole number; default 1. With the same laws the same seed tries the same histories. */
  readonly seed?: number | string
  /** Only this one of them, from 0: replays a failure. */
  readonly run?: number
}

/** Histories that a check tries, unless somebody says otherwise. */
export const checkRuns = 1_000

/** How a check ended. */
export type Checked<History> = Passed | Failed<History>

export interface Passed {
  readonly _tag: "Passed"
  readonly runs: number
  readonly seed: number | string
}

export interface Failed<History> {
  readonly _tag: "Failed"
  /** The sentence of the law that is broken. */
  readonly law: string
  readonly seed: number | string
  /** Which history it was, from 0. */
  readonly run: number
  /** The shortest one found that breaks the law. */
  readonly history: History
  /** What the clock says when it begins, milliseconds. */
  readonly originMillis: number
  /** What breaks the law in it. */
  readonly explanation: string
  /** All of this for people, with the history line by line and how to replay it. */
  readonly message: string
  /** What was thrown, if something was. */
  readonly cause?: unknown
}

/** A history, and what the clock says when it begins, milliseconds. */
export interface Trial<History> {
  readonly history: History
  readonly originMillis: number
}

/** What is checked, and how to make, play and tell its histories. */
export interface Subject<History, Run> {
  /** `policy "fibonacci"`. */
  readonly title: string
  readonly generate: (chance: Chance) => History
  /** Further histories to try, made of one that was played. */
  readonly nearby?: (trial: Trial<History>, run: Run, chance: Chance) => Iterable<History>
  /** Simpler versions of a history, the boldest first. */
  readonly simpler: (history: History) => Iterable<History>
  readonly play: (trial: Trial<History>) => Run
  /** What was thrown while it was played. */
  readonly cause: (run: Run) => unknown
  readonly lines: (run: Run) => ReadonlyArray<string>
  /** The calls that replay a failure, given its options. */
  readonly replay: (options: string, trial: Trial<History>) => ReadonlyArray<string>
}

/**
 * Tries histories until one breaks a law, and makes that one as short as it can. Throws a RangeError that names the
 * option which is out of its bounds, because such a check would check nothing.
 */
export const check = <History, Run>(
  subject: Subject<History, Run>,
  laws: ReadonlyArray<Law<Run>>,
  { run: only, runs = checkRuns, seed = 1 }: CheckOptions = {}
): Checked<History> => {
  demandRuns(runs)
  demandSeed(seed)
  if (only !== undefined) demandRun(only)
  const first = only ?? 0
  const count = only === undefined ? runs : 1
  for (let run = first; run < first + count; run++) {
    for (const tried of tries(subject, laws, `${seed}:${run}`)) {
      if (tried.broken !== undefined) return failure(subject, tried.trial, tried.broken, { run, seed })
    }
  }
  return { _tag: "Passed", runs: count, seed }
}

/** Plays one history and throws an Error that tells which law it breaks, if it breaks one. */
export const assertTrial = <History, Run>(
  subject: Subject<History, Run>,
  laws: ReadonlyArray<Law<Run>>,
  trial: Trial<History>
): void => {
  const { broken } = attempt(subject, laws, trial)
  if (broken === undefined) return
  throw new Error([...told(subject, trial, broken, "The history:")].join("\n"), { cause: broken.cause })
}

/** Throws the failure of a check as an error; a test framework needs no more. */
export const assertPassed = <History>(checked: Checked<History>): void => {
  if (checked._tag === "Failed") throw new Error(checked.message, { cause: checked.cause })
}

interface BrokenLaw<Run> {
  readonly law: Law<Run>
  readonly explanation: string
  readonly cause: unknown
  readonly run: Run | undefined
}

interface Tried<History, Run> {
  readonly trial: Trial<History>
  readonly run: Run | undefined
  readonly broken: BrokenLaw<Run> | undefined
}

function* tries<History, Run>(
  subject: Subject<History, Run>,
  laws: ReadonlyArray<Law<Run>>,
  text: string
): Generator<Tried<History, Run>> {
  const history = subject.generate(new Chance(text))
  const originMillis = anyOrigin(new Chance(`${text}:origin`))
  const trial = { history, originMillis }
  const first = attempt(subject, laws, trial)
  yield first
  if (first.run === undefined || subject.nearby === undefined) return
  for (const other of subject.nearby(trial, first.run, new Chance(`${text}:nearby`))) {
    yield attempt(subject, laws, { history: other, originMillis })
  }
}

const canBePlayed: Law<unknown> = { name: "the history can be played", check: () => undefined }

const attempt = <History, Run>(
  { cause: causeOf, play }: Subject<History, Run>,
  laws: ReadonlyArray<Law<Run>>,
  trial: Trial<History>
): Tried<History, Run> => {
  let run: Run | undefined
  let law: Law<Run> = canBePlayed
  try {
    const played = play(trial)
    run = played
    for (law of laws) {
      const explanation = law.check(played)
      if (explanation !== undefined) return { trial, run, broken: { law, explanation, cause: causeOf(played), run } }
    }
    return { trial, run, broken: undefined }
  } catch (cause) {
    const explanation = `${law === canBePlayed ? "playing it" : "the law itself"} throws ${thrownWords(cause)}`
    return { trial, run, broken: { law, explanation, cause, run } }
  }
}

const failure = <History, Run>(
  subject: Subject<History, Run>,
  found: Trial<History>,
  first: BrokenLaw<Run>,
  { run, seed }: { readonly run: number; readonly seed: number | string }
): Failed<History> => {
  const { law } = first
  const laws = law === canBePlayed ? [] : [law]
  let [trial, broken] = [found, first]
  const fails = (candidate: Trial<History>): boolean => {
    const again = attempt(subject, laws, candidate).broken
    if (again?.law !== law) return false
    ;[trial, broken] = [candidate, again]
    return true
  }
  const isSteady = fails(found)
  if (isSteady) shrink(found, { simpler: (candidate) => simplerTrials(subject, candidate), fails })
  const steady = isSteady ? broken : { ...broken, explanation: `${broken.explanation}; ${heldAgain}` }
  const message = [
    ...told(
      subject,
      trial,
      steady,
      `The shortest history found that does (run ${run} of seed ${JSON.stringify(seed)}):`
    ),
    ...subject.replay(`seed: ${JSON.stringify(seed)}, run: ${run}`, trial)
  ].join("\n")
  const { cause, explanation } = steady
  return { _tag: "Failed", law: titleOf(law), seed, run, ...trial, explanation, message, cause }
}

const heldAgain = `it held when it was tried once more (${notRepeatable})`

function* simplerTrials<History, Run>(
  { simpler }: Subject<History, Run>,
  { history, originMillis }: Trial<History>
): Generator<Trial<History>> {
  for (const plainer of plainerOrigins(originMillis)) yield { history, originMillis: plainer }
  for (const shorter of simpler(history)) yield { history: shorter, originMillis }
}

/** A broken law for people. */
function* told<History, Run>(
  { lines, title }: Subject<History, Run>,
  { history, originMillis }: Trial<History>,
  { explanation, law, run }: BrokenLaw<Run>,
  heading: string
): Generator<string> {
  yield `${title} breaks a law: ${titleOf(law)}`
  yield `  ${explanation}`
  yield heading
  if (originMillis !== 0) yield `  the clock says ${words(originMillis)} at its 0 ms`
  for (const line of run === undefined ? [JSON.stringify(history)] : lines(run)) yield `  ${line}`
}
