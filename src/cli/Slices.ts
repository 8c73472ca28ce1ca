import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import type { Simulated, Simulation } from "../simulation/Simulate.ts"

/** How long a simulation runs in one go, milliseconds: signals are heard in between. */
export const sliceMillis = 50
/** One that takes longer than this shows how far it is, and how often it does. */
export const quietMillis = 2_000
const progressMillis = 500

/**
 * Runs a simulation to its end, slice by slice, so that it can be interrupted. `progress` is told how much time has passed
 * in it, milliseconds, if it takes long.
 */
export const runInSlices = Effect.fnUntraced(function* (
  simulation: Simulation,
  progress: (simulatedMillis: number) => Effect.Effect<void>
) {
  const clock = yield* Clock.Clock
  const now = () => Number(clock.monotonicTimeNanosUnsafe()) / 1_000_000
  let toldAt = now() + quietMillis - progressMillis
  for (;;) {
    const simulated = slice(simulation, now)
    if (simulated !== undefined) return simulated
    if (now() - toldAt >= progressMillis) {
      toldAt = now()
      yield* progress(simulation.now())
    }
    yield* Effect.yieldNow
  }
})

const slice = ({ step }: Simulation, now: () => number): Simulated | undefined => {
  const until = now() + sliceMillis
  for (;;) {
    const simulated = step()
    if (simulated !== undefined || now() >= until) return simulated
  }
}
