/** The figures of one target in one round. */
import type { SeriesName } from "./effort.ts"
import type { Opening } from "./handshake.ts"
import type { ResidentMemory } from "./process-cost.ts"
import type { Concurrency } from "./session.ts"
import { median, quantile } from "./statistics.ts"

/** Latencies are medians of calls one at a time, unless the name says otherwise. */
export interface Sample {
  readonly oneCoreMicros: number
  readonly oneCoreP99Micros: number
  readonly smallMicros: number
  readonly smallP99Micros: number
  readonly perSecondAt32: number
  /** NaN where it is not measured, as the times to start. */
  readonly perSecondAt256: number
  readonly cpuMicros: number
  /** What the benchmark's own process used for a call of that load. */
  readonly clientCpuMicros: number
  readonly millis64KiB: number
  /** The same size with some characters outside ASCII. */
  readonly millis64KiBMixed: number
  readonly millis1MiB: number
  /** Spawn to the first tools/list that names the tool, with what an earlier run left in the state directory. */
  readonly startMillis: number
  /** Spawn to the first reply to tools/list whatever it lists; less than `startMillis` if that list was not yet whole. */
  readonly firstListMillis: number
  /** As `startMillis` from an empty state directory; the same for a target without state. */
  readonly coldStartMillis: number
  readonly idleRssMiB: number
  readonly idleAnonMiB: number
  readonly loadedRssMiB: number
  readonly loadedAnonMiB: number
  /** Descendants that outlived the target and had to be killed. */
  readonly leftBehind: number
}

export interface Measured {
  readonly micros: Readonly<Record<SeriesName, ReadonlyArray<number>>>
  readonly idle: ResidentMemory
  readonly concurrency: Concurrency
  readonly leftBehind: number
  readonly cached: ReadonlyArray<Opening>
  /** Empty for a target without state. */
  readonly cold: ReadonlyArray<Opening>
}

const listed = (openings: ReadonlyArray<Opening>) => median(openings.map(({ listedMillis }) => listedMillis))

export const sampleOf = ({ micros, idle, concurrency, leftBehind, cached, cold }: Measured): Sample => ({
  oneCoreMicros: median(micros.smallOneCore),
  oneCoreP99Micros: quantile(micros.smallOneCore, 0.99),
  smallMicros: median(micros.small),
  smallP99Micros: quantile(micros.small, 0.99),
  perSecondAt32: concurrency.perSecondAt32,
  perSecondAt256: concurrency.perSecondAt256,
  cpuMicros: concurrency.cpuMicros,
  clientCpuMicros: concurrency.clientCpuMicros,
  millis64KiB: median(micros["64KiB"]) / 1_000,
  millis64KiBMixed: median(micros["64KiBMixed"]) / 1_000,
  millis1MiB: median(micros["1MiB"]) / 1_000,
  startMillis: listed(cached),
  firstListMillis: median(cached.map(({ firstListMillis }) => firstListMillis)),
  coldStartMillis: listed(cold.length > 0 ? cold : cached),
  idleRssMiB: idle.rssMiB,
  idleAnonMiB: idle.anonMiB,
  loadedRssMiB: concurrency.loaded.rssMiB,
  loadedAnonMiB: concurrency.loaded.anonMiB,
  leftBehind
})
