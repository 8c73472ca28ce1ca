// The worker that looks for the defect of one build after the other, apart from whoever asks: one may run for ever.
import { parentPort } from "node:worker_threads"
import { attempt, triesOf, tryWords, type Build, type Effort, type Finding, type Try } from "./tries.ts"

/** What is asked of a hunter. */
export interface Hunt extends Effort {
  readonly bundle: string
  /** A build without a defect: where that breaks a promise as well, nothing is found. `undefined`: not looked at. */
  readonly soundBundle: string | undefined
  /** Tried before anything else, and not compared; when one of them finds something, nothing else is tried. */
  readonly first: ReadonlyArray<Try>
  /** Tried when nothing else has found anything. */
  readonly last: ReadonlyArray<Try>
  /** The promise that should break: the search goes on until it does. `undefined`: until any does. */
  readonly aim: number | undefined
}

/** What a hunter tells: each try before it begins, and what was found in the end. */
export type Told =
  | { readonly _tag: "Trying"; readonly tried: Try }
  | { readonly _tag: "Over"; readonly findings: ReadonlyArray<Finding> }

/** The tries in which a sound build breaks a promise, or not. */
const soundness = new Map<string, boolean>()

const isSound = async (soundBundle: string | undefined, tried: Try): Promise<boolean> => {
  if (soundBundle === undefined) return true
  const key = tryWords(tried)
  const known = soundness.get(key)
  if (known !== undefined) return known
  const build: Build = await import(soundBundle)
  const sound = (await attempt(build, tried)) === undefined
  soundness.set(key, sound)
  return sound
}

/** The first finding, and the first one of the promise that should break, if that is another. */
const hunt = async ({ aim, bundle, first, last, soundBundle, ...effort }: Hunt, tell: (told: Told) => void) => {
  const build: Build = await import(bundle)
  const findings: Array<Finding> = []
  const tryOne = async (tried: Try, compared: string | undefined): Promise<boolean> => {
    tell({ _tag: "Trying", tried })
    const finding = await attempt(build, tried)
    if (finding === undefined || !(await isSound(compared, finding.by))) return false
    const isAimed = aim === undefined || finding.broken.includes(aim)
    if (findings.length === 0 || isAimed) findings.push(finding)
    return isAimed
  }
  for (const tried of first) await tryOne(tried, undefined)
  if (findings.length > 0) return findings
  const models = build.allModels.map(({ name }) => name)
  for (const tried of triesOf({ ...effort, models })) if (await tryOne(tried, soundBundle)) return findings
  for (const tried of findings.length > 0 ? [] : last) await tryOne(tried, soundBundle)
  return findings
}

const port = parentPort
port?.on("message", (asked: Hunt) => {
  const tell = (told: Told) => port.postMessage(told)
  void hunt(asked, tell).then((findings) => tell({ _tag: "Over", findings }))
})
