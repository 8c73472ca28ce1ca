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
  /** At 32 in flight. */
  readonly concurrent: Slices
  /** Whether 256 in flight are measured too, with as many calls as all slices have. */
  readonly with256: boolean
  readonly series: Readonly<Record<SeriesName, Slices>>
  /** Starts of each kind: cached and, for a target with state, cold. */
  readonly starts: number
}

export const fullEffort: Effort = {
  warmUpCalls: 3_000,
  concurrent: { slices: 1, calls: 20_000 },
  with256: true,
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
  concurrent: { slices: 1, calls: 5_000 },
  with256: true,
  series: {
    smallOneCore: { slices: 5, calls: 200 },
    small: { slices: 5, calls: 200 },
    "64KiB": { slices: 4, calls: 15 },
    "64KiBMixed": { slices: 2, calls: 15 },
    "1MiB": { slices: 2, calls: 5 }
  },
  starts: 3
}

export const fullHttpEffort: Effort = {
  warmUpCalls: 1_000,
  concurrent: { slices: 5, calls: 800 },
  with256: false,
  series: {
    smallOneCore: { slices: 10, calls: 120 },
    small: { slices: 10, calls: 120 },
    "64KiB": { slices: 8, calls: 25 },
    "64KiBMixed": { slices: 3, calls: 12 },
    "1MiB": { slices: 4, calls: 8 }
  },
  starts: 0
}

export const quickHttpEffort: Effort = {
  warmUpCalls: 500,
  concurrent: { slices: 2, calls: 1_000 },
  with256: false,
  series: {
    smallOneCore: { slices: 4, calls: 100 },
    small: { slices: 4, calls: 100 },
    "64KiB": { slices: 3, calls: 12 },
    "64KiBMixed": { slices: 1, calls: 12 },
    "1MiB": { slices: 2, calls: 4 }
  },
  starts: 0
}
