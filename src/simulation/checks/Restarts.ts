import type { Backend } from "../../backend/Backend.ts"
import type { BackendUnit } from "../../gateway/BackendUnit.ts"
import type { Check, Promised, RunView } from "../Check.ts"
import { RestartHistory, roundingMillis } from "../RestartHistory.ts"
import type { Waiting } from "../RestartHistory.ts"
import { eachSlot, nameOf, slotName, slotOf } from "../Slots.ts"

/** A timer holds whole milliseconds, rounded up; it and the turn that it wakes may be late by so much. */
const timerMillis = 2

interface Histories {
  /** A slot was started. `waited`: what for; `undefined`: it was not started before, or stood idle. */
  readonly started: (slot: Backend, history: RestartHistory, waited: Waiting | undefined, at: number) => void
  readonly looked: (slot: Backend, history: RestartHistory, hasBegunToWait: boolean, at: number) => void
}

/** Keeps the history of every slot, and asks about it at each start and at the end of each instant. */
const keepHistories = ({ gateway }: RunView, { looked, started }: Histories): Check => {
  const histories = new WeakMap<Backend, RestartHistory>()
  const of = (backend: Backend): RestartHistory => {
    const known = histories.get(backend)
    if (known !== undefined) return known
    const history = new RestartHistory(backend.settings.spec.restart)
    histories.set(backend, history)
    return history
  }
  const look = (at: number) => (_unit: BackendUnit, backend: Backend) => {
    const history = of(backend)
    looked(backend, history, history.look(backend.view?.life, at), at)
  }
  return {
    saw: (seen, at) => {
      const slot = seen._tag === "Attempt" ? slotOf(gateway(), seen) : undefined
      if (slot === undefined) return
      const history = of(slot.backend)
      started(slot.backend, history, history.started(at), at)
    },
    instant: (at) => eachSlot(gateway(), look(at))
  }
}

/**
 * Restarts are all starts but the first one of a gateway, one out of idleness, and the slow retries. At most `intensity`
 * of them lie within `windowMillis`; and only when that many do is the backend quarantined.
 */
export const intensity: Promised = {
  invariant: 13,
  name: "no window has more restarts than the intensity, and only that many bring quarantine",
  check: (run, fail) =>
    keepHistories(run, {
      started: (slot, history, _waited, at) => {
        const { intensity, windowMillis } = slot.settings.spec.restart
        const count = history.restartsAt(at)
        if (count > intensity) fail(`${nameOf(slot)} was restarted ${count} times within ${windowMillis} ms`)
      },
      looked: (slot, history, hasBegunToWait, at) => {
        if (!hasBegunToWait || history.waiting?.tag !== "Quarantined" || history.isLastTry) return
        const { intensity } = slot.settings.spec.restart
        // At the time of the next restart some of them may no longer count.
        const count = history.mostAt(at + history.shortestDelay)
        if (count < intensity) fail(`${nameOf(slot)} is quarantined after ${count} restarts`)
      }
    })
}

/** Each delay is that of its place in the streak, give or take the jitter; and every wait ends. */
export const delays: Promised = {
  invariant: 14,
  name: "each restart comes after the delay that its streak asks for, and none is forgotten",
  check: (run, fail) => {
    const { world } = run
    /** When the last process of a slot was gone, and how long the machine had slept when a wait began. */
    const gone = new Map<string, number>()
    const asleep = new WeakMap<Waiting, number>()
    const isLate = (slot: Backend, waiting: Waiting, at: number): boolean => {
      if (world.asleep > (asleep.get(waiting) ?? 0)) return false
      return at > Math.max(waiting.since + waiting.latest, gone.get(nameOf(slot)) ?? 0) + timerMillis
    }
    const histories = keepHistories(run, {
      started: (slot, _history, waited, at) => {
        if (waited === undefined) return
        const words = `${nameOf(slot)} is started after ${at - waited.since} ms in ${waited.tag}`
        if (at - waited.since < waited.soonest - roundingMillis) fail(`${words}, and not before ${waited.soonest} ms`)
        if (isLate(slot, waited, at)) fail(`${words}, later than ${waited.latest} ms`)
      },
      looked: (slot, { waiting }, hasBegunToWait, at) => {
        if (waiting === undefined) return
        if (hasBegunToWait) asleep.set(waiting, world.asleep)
        else if (isLate(slot, waiting, at) && !isAlive(run, slot)) {
          fail(`${nameOf(slot)} is still not started after ${at - waiting.since} ms in ${waiting.tag}`)
        }
      }
    })
    return {
      ...histories,
      saw: (seen, at) => {
        if (seen._tag === "Gone") gone.set(slotName(seen.line), at)
        histories.saw?.(seen, at)
      }
    }
  }
}

const isAlive = ({ world }: RunView, { settings: { slot } }: Backend): boolean => {
  for (const line of world.alive) if (line.backend === slot.backend && line.session === slot.session) return true
  return false
}
