/** All rounds of a run, and the median over them. */
import type { Effort } from "./effort.ts"
import { measureRound } from "./round.ts"
import type { Sample } from "./sample.ts"
import { median } from "./statistics.ts"
import type { Target, TargetName } from "./targets.ts"
import type { Workshop } from "./workshop.ts"

/** What the target added to the direct route of the same round. */
interface Added {
  readonly oneCoreAddedMicros: number
  readonly smallAddedMicros: number
  readonly added64KiBMillis: number
  readonly added64KiBMixedMillis: number
  readonly added1MiBMillis: number
}

export type Figures = Sample & Added
export type Metric = keyof Figures

export interface TargetResult {
  readonly rounds: ReadonlyArray<Figures>
  /** A metric's median over the rounds. */
  readonly median: (metric: Metric) => number
}

export interface Failure {
  readonly target: TargetName
  readonly round: number
  readonly reason: string
}

export interface Outcome {
  readonly results: ReadonlyMap<TargetName, TargetResult>
  readonly failures: ReadonlyArray<Failure>
}

const addedTo = (direct: Sample, sample: Sample): Figures => ({
  ...sample,
  oneCoreAddedMicros: sample.oneCoreMicros - direct.oneCoreMicros,
  smallAddedMicros: sample.smallMicros - direct.smallMicros,
  added64KiBMillis: sample.millis64KiB - direct.millis64KiB,
  added64KiBMixedMillis: sample.millis64KiBMixed - direct.millis64KiBMixed,
  added1MiBMillis: sample.millis1MiB - direct.millis1MiB
})

/** `direct` must be among the targets. A target that fails in a round has no figures for that round. */
export const runRounds = async (
  targets: ReadonlyArray<Target>,
  rounds: number,
  effort: Effort,
  workshop: Workshop
): Promise<Outcome> => {
  const figures = new Map(targets.map(({ name }): [TargetName, Array<Figures>] => [name, []]))
  const failures: Array<Failure> = []
  for (let round = 1; round <= rounds; round++) {
    process.stderr.write(`round ${round} of ${rounds}\n`)
    const inRound = targets.filter(({ isPeer }) => !isPeer || round === 1)
    const { samples, failures: failed } = await measureRound(inRound, effort, workshop)
    for (const [target, reason] of failed) failures.push({ target, round, reason })
    const direct = samples.get("direct")
    if (direct === undefined) throw new Error(`the direct route failed: ${failed.get("direct")}`)
    for (const [target, sample] of samples) {
      figures.get(target)?.push(addedTo(direct, sample))
      if (sample.leftBehind > 0) failures.push({ target, round, reason: `left ${sample.leftBehind} processes behind` })
    }
  }
  const measured = [...figures].filter(([, rounds]) => rounds.length > 0)
  return {
    results: new Map(
      measured.map(([name, rounds]) => [
        name,
        { rounds, median: (metric) => median(rounds.map((figures) => figures[metric])) }
      ])
    ),
    failures
  }
}
