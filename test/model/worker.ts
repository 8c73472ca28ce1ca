import { parentPort } from "node:worker_threads"
import { failureText, replayOf, type Tries } from "../fixtures/replay.ts"
import { allModels } from "./model.ts"

// One thread of `run.ts`: checks a part of a model's runs at a time.

/** A part of the runs of one model. */
export interface Part extends Tries {
  readonly name: string
}

/** What became of it. */
export interface PartResult {
  readonly runs: number
  readonly seconds: number
  readonly failure: PartFailure | undefined
}

export interface PartFailure {
  readonly seed: number
  readonly path: string
  /** The command that replays it. */
  readonly replay: string
  readonly message: string
}

const check = async ({ name, ...tries }: Part): Promise<PartResult> => {
  const model = allModels.find((each) => each.name === name)
  if (model === undefined) throw new Error(`there is no model called ${name}`)
  const startedAt = performance.now()
  const details = await model.check(tries)
  const seconds = (performance.now() - startedAt) / 1_000
  if (!details.failed) return { runs: details.numRuns, seconds, failure: undefined }
  const replay = replayOf(details, `test/model/${name}.test.ts`)
  const reason = details.errorInstance instanceof Error ? details.errorInstance.message : String(details.errorInstance)
  const message = `${reason}\n${failureText(details, replay)}`
  const failure = { seed: details.seed, path: details.counterexamplePath ?? "", replay, message }
  return { runs: details.numRuns, seconds, failure }
}

parentPort?.on("message", (part: Part) => {
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread, not a window
  void check(part).then((result) => parentPort?.postMessage(result))
})
