/** The value below which the given fraction of the sample lies (nearest rank). NaN for an empty sample. */
export const quantile = (sample: Iterable<number>, fraction: number): number => {
  const sorted = Float64Array.from(sample).sort()
  return sorted[Math.max(0, Math.ceil(fraction * sorted.length) - 1)] ?? Number.NaN
}

export const median = (sample: Iterable<number>): number => quantile(sample, 0.5)
