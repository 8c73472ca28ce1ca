/** How much is measured in one round. */

/** Latencies of calls one at a time: small ones with all processes on one core, and free; then larger texts. */
export const seriesNames = ["smallOneCore", "small", "64KiB", "64KiBMixed", "1MiB"] as const
export type SeriesName = (typeof seriesNames)[number]

/** Calls are made in slices that alternate between the targets, each slice after the other targets' one. */
export interface Slices {
  readonly slices: number
  readonly calls: number
}

export interface Effort {
  readonly warmUpCalls: number
  readonly concurrentCalls: number
  readonly series: Readonly<Record<SeriesName, Slices>>
  /** Starts of each kind: cached and, for a target with state, cold. */
  readonly starts: number
}

export const fullEffort: Effort = {
  warmUpCalls: 3_000,
  concurrentCalls: 20_000,
  series: {
    smallOneCore: { slices: 15, calls: 200 },
    small: { slices: 15, calls: 200 },
    "64KiB": { slices: 10, calls: 30 },
    "64KiBMixed": { slices: 5, calls: 20 },
    "1MiB": { slices: 5, calls: 8 }
  },
  starts: 2
}

export const quickEffort: Effort = {
  warmUpCalls: 1_500,
  concurrentCalls: 5_000,
  series: {
    smallOneCore: { slices: 5, calls: 200 },
    small: { slices: 5, calls: 200 },
    "64KiB": { slices: 4, calls: 15 },
    "64KiBMixed": { slices: 2, calls: 15 },
    "1MiB": { slices: 2, calls: 5 }
  },
  starts: 3
}
