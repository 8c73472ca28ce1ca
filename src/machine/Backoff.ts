/** A delay that grows by a factor up to a cap, spread by jitter so that many do not come back at the same moment. */
export interface BackoffSettings {
  readonly baseMillis: number
  readonly factor: number
  readonly capMillis: number
  /** Fraction: 0.2 spreads each delay over +-20 %. */
  readonly jitter: number
}

/**
 * `millis` moved by at most `jitter * millis` either way; `random` in [0, 1). The move is cut to whole milliseconds
 * towards zero, so rounding never leaves the spread.
 */
export const jittered = (millis: number, jitter: number, random: number): number =>
  millis + Math.trunc(millis * jitter * (2 * random - 1))

/** The delay after `n` earlier ones (0: the base), in milliseconds: min(cap, base * factor^n), jittered. */
export const backoffMillis = (settings: BackoffSettings, n: number, random: number): number =>
  jittered(Math.min(settings.capMillis, settings.baseMillis * settings.factor ** n), settings.jitter, random)
