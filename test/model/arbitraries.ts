import * as fc from "fast-check"
import { backendDefaults } from "../../src/domain/BackendSpec.ts"
import type { CircuitSettings, HealthSettings, RestartSettings } from "../../src/domain/BackendSpec.ts"
import { longestMillis } from "../../src/machine/Bounds.ts"
import { maxCount, maxOpenFactor } from "../../src/machine/Circuit.ts"
import { maxProbes } from "../../src/machine/Health.ts"
import { maxFactor, maxIntensity } from "../../src/machine/RestartPolicy.ts"

// Settings come in three sorts: small ones, with which short sequences reach everything; any that are valid, extremes
// and fractions included; and the defaults.

/** What the machines take for chance: [0, 1). */
export const random = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true })

/** What adding and subtracting such times may lose, milliseconds. */
export const hairMillis = 0.01

const between = (min: number, max: number) =>
  fc.oneof(fc.integer({ min, max }), fc.double({ min, max, noNaN: true }), fc.constantFrom(min, max))
const millis = (min: number) => between(min, longestMillis)
const upTo = (max: number, min = 1) => fc.integer({ min, max })
const jitter = fc.constantFrom(0, 0.2, 0.9)
const anyJitter = fc.double({ min: 0, max: 0.9, noNaN: true })

const sorts = <S>(small: fc.Arbitrary<S>, any: fc.Arbitrary<S>, defaults: S): fc.Arbitrary<S> =>
  fc.oneof(
    { weight: 8, arbitrary: small },
    { weight: 3, arbitrary: any },
    { weight: 1, arbitrary: fc.constant(defaults) }
  )

const isOn = fc.constantFrom(true, true, true, false)

export const restartSettings: fc.Arbitrary<RestartSettings> = sorts(
  fc.record({
    onExit: isOn,
    baseMillis: upTo(100),
    factor: fc.constantFrom(1, 1.5, 2, 10),
    capMillis: fc.integer({ min: 100, max: 400 }),
    jitter,
    intensity: upTo(4, 0),
    windowMillis: upTo(2_000),
    stableMillis: upTo(500, 0),
    slowRetryMillis: upTo(3_000)
  }),
  fc.tuple(millis(1), millis(1)).chain(([one, other]) =>
    fc.record({
      onExit: isOn,
      baseMillis: fc.constant(Math.min(one, other)),
      factor: between(1, maxFactor),
      capMillis: fc.constant(Math.max(one, other)),
      jitter: anyJitter,
      intensity: fc.oneof(upTo(8, 0), fc.constant(maxIntensity)),
      windowMillis: millis(1),
      stableMillis: millis(0),
      slowRetryMillis: millis(1)
    })
  ),
  backendDefaults.restart
)

export const healthSettings: fc.Arbitrary<HealthSettings> = sorts(
  fc.record({
    intervalMillis: upTo(1_000),
    jitter,
    timeoutMillis: upTo(1_000),
    misses: upTo(4),
    hits: upTo(4)
  }),
  fc.record({
    intervalMillis: millis(1),
    jitter: anyJitter,
    timeoutMillis: millis(1),
    misses: fc.oneof(upTo(10), fc.constant(maxProbes)),
    hits: fc.oneof(upTo(10), fc.constant(maxProbes))
  }),
  backendDefaults.health
)

const count = fc.oneof(upTo(8), upTo(2_000), fc.constant(maxCount))

export const circuitSettings: fc.Arbitrary<CircuitSettings> = sorts(
  fc.record({
    threshold: upTo(4),
    failureRate: fc.constantFrom(0.3, 0.5, 1),
    minimumCalls: upTo(8),
    windowMillis: fc.constantFrom(10, 33.3, 1_000, 30_000),
    openMillis: upTo(1_000),
    openFactor: fc.constantFrom(1, 1.5, 2),
    openCapMillis: fc.integer({ min: 1_000, max: 3_000 }),
    jitter,
    successes: upTo(3)
  }),
  fc.tuple(millis(1), millis(1)).chain(([one, other]) =>
    fc.record({
      threshold: count,
      failureRate: fc.oneof(fc.constantFrom(0.001, 0.5, 1), fc.double({ min: 0.001, max: 1, noNaN: true })),
      minimumCalls: count,
      windowMillis: millis(10),
      openMillis: fc.constant(Math.min(one, other)),
      openFactor: between(1, maxOpenFactor),
      openCapMillis: fc.constant(Math.max(one, other)),
      jitter: anyJitter,
      successes: count
    })
  ),
  backendDefaults.circuit
)

/** A stretch of time: a share of a time that the settings name, a little more or less; or any at all, of years even. */
export interface Stretch<K extends string> {
  readonly of: K | undefined
  readonly times: number
  readonly plus: number
}

export const stretch = <K extends string>(...names: ReadonlyArray<K>): fc.Arbitrary<Stretch<K>> => {
  const absolute = (plus: fc.Arbitrary<number>) =>
    fc.record({ of: fc.constant(undefined), times: fc.constant(0), plus })
  const named = fc.record({
    of: fc.constantFrom(...names),
    times: fc.constantFrom(0.1, 0.5, 1, 1, 1, 2),
    plus: fc.constantFrom(-1, -0.25, 0, 0, 0, 0.25, 1)
  })
  return fc.oneof(
    { weight: 6, arbitrary: named },
    { weight: 4, arbitrary: absolute(upTo(2_000, 0)) },
    { weight: 1, arbitrary: absolute(fc.double({ min: 0, max: 2 * longestMillis, noNaN: true })) },
    { weight: 1, arbitrary: absolute(fc.constantFrom(1e9, 1e11)) }
  )
}

export const millisOf = <K extends string>(
  { of, plus, times }: Stretch<K>,
  settings: Readonly<Record<K, number>>
): number => Math.max(0, (of === undefined ? 0 : settings[of] * times) + plus)

export const stretchWords = ({ of, plus, times }: Stretch<string>): string =>
  of === undefined ? `${plus} ms` : `${times} ${of} + ${plus} ms`
