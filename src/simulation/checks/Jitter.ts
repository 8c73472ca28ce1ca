import type { Backend } from "../../backend/Backend.ts"
import type { RestartSettings } from "../../domain/BackendSpec.ts"
import type { Life } from "../../machine/Life.ts"
import type { Promised } from "../Check.ts"
import { eachSlot } from "../Slots.ts"

/** How likely a row of delays without any jitter may be before it is no accident. */
const accident = 1e-9

/** Delays are spread: what fell together must not come back together. */
export const delaysAreSpread: Promised = {
  invariant: 14,
  name: "the delays of restarts have jitter",
  check: ({ gateway, world }, fail) => {
    const lives = new WeakMap<Backend, Life>()
    /** How likely it is that none of the delays so far was moved; 0: one was. */
    let likelihood = 1
    const look = (backend: Backend, life: Life, at: number) => {
      if (life === lives.get(backend)) return
      lives.set(backend, life)
      const { restart } = backend.settings.spec
      if (life._tag !== "Backoff" || life.attempt === 0) return
      const middle = middles(restart).find((millis) => Math.abs(life.until - at - millis) < 0.01)
      // The move is cut to whole milliseconds towards zero, so it is none in one of so many cases.
      likelihood *= middle === undefined ? 0 : Math.min(1, 1 / (middle * restart.jitter))
      if (likelihood > 0 && likelihood < accident) fail("no delay of a restart was moved by its jitter")
    }
    return {
      instant: (at) => {
        if (world.asleep > 0) return
        eachSlot(gateway(), (_unit, backend) => {
          if (backend.view !== undefined) look(backend, backend.view.life, at)
        })
      }
    }
  }
}

/** All delays that there would be without jitter. */
const middles = ({ baseMillis, capMillis, factor }: RestartSettings): ReadonlyArray<number> => {
  const found: Array<number> = []
  for (let millis = baseMillis; millis < capMillis && found.at(-1) !== millis; millis *= factor) found.push(millis)
  return [...found, capMillis]
}
