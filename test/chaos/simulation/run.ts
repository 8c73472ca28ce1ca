import { availableParallelism } from "node:os"
import { createHash } from "node:crypto"
import { Worker } from "node:worker_threads"
import type { SeedFailure, SeedsResult } from "./seeds.ts"

export interface SimulationOptions {
  readonly from: number
  readonly scenarios: number
  readonly workers?: number
}

export interface SimulationResult extends SeedsResult {
  readonly from: number
  readonly workers: number
  readonly seconds: number
}

/** Seeds given to a worker at a time. */
const rangeLength = 50

/** Runs scenarios on all cores. The digest does not depend on how many there are. */
export const runSimulation = async ({
  from,
  scenarios,
  workers = Math.min(8, availableParallelism())
}: SimulationOptions): Promise<SimulationResult> => {
  const begin = performance.now()
  const starts = Array.from({ length: Math.ceil(scenarios / rangeLength) }, (_, index) => from + index * rangeLength)
  const parts: Array<SeedsResult | undefined> = starts.map(() => undefined)
  let next = 0
  const work = async (worker: Worker): Promise<void> => {
    for (let index = next++; index < starts.length; index = next++) {
      const start = starts[index] ?? from
      const range = { from: start, count: Math.min(rangeLength, from + scenarios - start) }
      parts[index] = await answerOf(worker, range)
    }
    await worker.terminate()
  }
  const file = new URL("./worker.ts", import.meta.url)
  try {
    await Promise.all(Array.from({ length: workers }, () => work(new Worker(file))))
  } finally {
    // Where one broke, the others need not go on.
    next = starts.length
  }
  return { from, workers, seconds: (performance.now() - begin) / 1_000, ...merged(parts) }
}

const answerOf = (worker: Worker, range: { readonly from: number; readonly count: number }): Promise<SeedsResult> =>
  new Promise((resolve, reject) => {
    const done = (result: SeedsResult) => {
      worker.off("error", reject)
      resolve(result)
    }
    worker.once("message", done).once("error", reject)
    // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread, not a window
    worker.postMessage(range)
  })

const merged = (parts: ReadonlyArray<SeedsResult | undefined>): SeedsResult => {
  const digest = createHash("sha256")
  const failures: Array<SeedFailure> = []
  const sum = { scenarios: 0, minutes: 0, calls: 0, observations: 0 }
  for (const part of parts) {
    if (part === undefined) continue
    sum.scenarios += part.scenarios
    sum.minutes += part.minutes
    sum.calls += part.calls
    sum.observations += part.observations
    digest.update(part.digest)
    failures.push(...part.failures)
  }
  return { ...sum, digest: digest.digest("hex"), failures }
}
