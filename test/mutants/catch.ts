import { mkdirSync, mkdtempSync, rmSync } from "node:fs"
import * as path from "node:path"
import { bundle, bundles } from "./build.ts"
import type { Hunt } from "./hunter.ts"
import { Hunter, type Lost } from "./hunting.ts"
import type { Mutant } from "./mutant.ts"
import type { Effort, Finding, Try } from "./tries.ts"

/** Hunters at a time: as many as a small machine has cores. */
export const hunters = 2

/** What became of one mutant; none of the `findings`: nothing noticed it. */
export interface Caught {
  readonly mutant: Mutant
  /** The first finding, and the first one that breaks the promise which was meant, if that is another. */
  readonly findings: ReadonlyArray<Finding>
}

export interface CatchOptions extends Effort {
  /** What is known to catch it: tried first of all, or `last`. */
  readonly known?: (mutant: Mutant) => ReadonlyArray<Try>
  readonly knownLast?: boolean
  /** Goes on until the promise breaks that was meant. */
  readonly aims?: boolean
  /** Hears of each as soon as it is over. */
  readonly onCaught?: (caught: Caught) => void
}

/** Builds all of these and looks for the defect of each. Rejects when one is stale. */
export const catchAll = async (
  mutants: ReadonlyArray<Mutant>,
  { aims = false, known = () => [], knownLast = false, onCaught = () => undefined, ...effort }: CatchOptions
): Promise<ReadonlyArray<Caught>> =>
  inWorkshop(async (directory) => {
    const soundBundle = await bundle(undefined, directory)
    const caught = new Map<Mutant, Caught>()
    const left = mutants.values()
    const work = async () => {
      const hunter = new Hunter()
      try {
        for (const mutant of left) {
          const [first, last] = knownLast ? [[], known(mutant)] : [known(mutant), []]
          const hunt = { ...effort, first, last, aim: aims ? mutant.invariant : undefined }
          const asked = { ...hunt, bundle: await bundle(mutant, directory), soundBundle }
          const one = { mutant, findings: await findingsOf(hunter, asked) }
          caught.set(mutant, one)
          onCaught(one)
        }
      } finally {
        await hunter.end()
      }
    }
    await Promise.all(Array.from({ length: hunters }, work))
    return mutants.flatMap((mutant) => caught.get(mutant) ?? [])
  })

/** What a build without a defect breaks in these tries, which should be nothing. */
export const findingsOfSound = async (tries: ReadonlyArray<Try>): Promise<ReadonlyArray<Finding>> =>
  inWorkshop(async (directory) => {
    const soundBundle = await bundle(undefined, directory)
    const shares = Array.from({ length: hunters }, (_, share) => tries.filter((_try, at) => at % hunters === share))
    const found = await Promise.all(
      shares.map(async (first) => {
        const hunter = new Hunter()
        const nothing = { last: [], soundBundle: undefined, aim: undefined, seeds: 0, runs: 0 }
        const answer = await hunter.ask({ bundle: soundBundle, first, ...nothing }).finally(() => hunter.end())
        return answer._tag === "Over" ? answer.findings : [asFinding(answer)]
      })
    )
    return found.flat()
  })

/** Gives a directory for the bundles, which is gone afterwards. */
const inWorkshop = async <A>(work: (directory: string) => Promise<A>): Promise<A> => {
  mkdirSync(bundles, { recursive: true })
  const directory = mkdtempSync(path.join(bundles, "run-"))
  try {
    return await work(directory)
  } finally {
    rmSync(directory, { recursive: true, force: true })
  }
}

const findingsOf = async (hunter: Hunter, hunt: Hunt): Promise<ReadonlyArray<Finding>> => {
  const answer = await hunter.ask(hunt)
  const { soundBundle } = hunt
  if (answer._tag === "Over" || soundBundle === undefined) return answer._tag === "Over" ? answer.findings : []
  // To run for ever, or to break everything, is a defect only where a sound build does not.
  const compared = await hunter.ask({
    ...hunt,
    bundle: soundBundle,
    first: [answer.tried],
    last: [],
    seeds: 0,
    runs: 0
  })
  return compared._tag === "Over" && compared.findings.length === 0 ? [asFinding(answer)] : []
}

const asFinding = ({ how, tried }: Lost): Finding => ({ by: tried, broken: [], message: how })
