import type { HealthSettings } from "../../domain/BackendSpec.ts"
import type { Life } from "../../machine/Life.ts"
import type { Promised } from "../Check.ts"
import type { LineRecord } from "../Observation.ts"
import { eachSlot, nameOf, slotName, slotOf } from "../Slots.ts"

/** Milliseconds that what follows at once may take: a pipe, a turn, timers of whole milliseconds for each probe. */
const graceMillis = 20

/**
 * The longest time in which a process that does nothing is found out. The first probe may have found it alive just
 * before, or unneeded because a call had an answer; then come as many as may be missed.
 */
const healthMillis = ({ intervalMillis, jitter, misses, timeoutMillis }: HealthSettings): number =>
  intervalMillis + misses * (intervalMillis * (1 + jitter) + timeoutMillis) + graceMillis

/** A process that was ready and does nothing any more is ended by its probes. */
export const hungIsReplaced: Promised = {
  invariant: 16,
  name: "a process that hangs is found out and ended within the time that its probes need",
  check: ({ gateway, scenario, servers, world }, fail) => {
    const limits = new Map(scenario.backends.map(({ spec }) => [spec.name, healthMillis(spec.health)]))
    /** Since when, on a clock that stands still while the machine sleeps, a line has hung. */
    const since = new Map<LineRecord, number>()
    const over = new WeakSet<LineRecord>()
    return {
      saw: (seen) => {
        if (seen._tag === "Over") over.add(seen.line)
      },
      instant: (at) => {
        const awake = at - world.asleep
        for (const { name, sessions } of servers()) {
          for (const {
            isStopped,
            line: { record: line }
          } of sessions) {
            if (!isStopped || over.has(line)) continue
            const life = slotOf(gateway(), line)?.backend.view?.life
            if (life?._tag !== "Ready") since.delete(line)
            else if (!since.has(line)) since.set(line, awake)
            else if (awake - (since.get(line) ?? awake) > (limits.get(name) ?? 0)) {
              fail(
                `${slotName(line)} #${line.line} hangs since ${awake - (since.get(line) ?? 0)} ms, and is still used`
              )
            }
          }
        }
        for (const [line] of since) if (!isHanging(line)) since.delete(line)
      }
    }

    function isHanging(line: LineRecord): boolean {
      if (!world.alive.has(line) || over.has(line)) return false
      return servers().some(({ sessions }) => [...sessions].some((it) => it.isStopped && it.line.record === line))
    }
  }
}

/** A start that comes to nothing ends by its own timeout. */
export const startsEnd: Promised = {
  invariant: 38,
  name: "no start takes longer than its timeout",
  check: ({ gateway, world }, fail) => {
    const since = new WeakMap<Life, number>()
    return {
      instant: (at) => {
        const awake = at - world.asleep
        eachSlot(gateway(), ({ spec }, slot) => {
          const life = slot.view?.life
          if (life?._tag !== "Starting") return
          const millis = awake - (since.get(life) ?? awake)
          if (millis === 0) since.set(life, awake)
          else if (millis > spec.startTimeoutMillis + graceMillis) fail(`${nameOf(slot)} starts since ${millis} ms`)
        })
      }
    }
  }
}
