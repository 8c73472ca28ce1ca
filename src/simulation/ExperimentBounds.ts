/** The longest experiment, minutes: a day. */
export const mostMinutes = 1_440

/**
 * Backends times minutes of one experiment, at most: what it costs grows with both, and with more of them a person waits
 * for minutes.
 */
export const mostBackendMinutes = 6_000

/** The largest seed: they are 32 bits. */
export const mostSeed = 2 ** 32 - 1
