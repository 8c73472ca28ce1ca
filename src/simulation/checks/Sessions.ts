import { isLone } from "../../domain/LoneCaller.ts"
import type { Backend } from "../../backend/Backend.ts"
import type { SessionSlot } from "../../gateway/BackendUnit.ts"
import type { Promised } from "../Check.ts"
import { nameOf } from "../Slots.ts"

/** Milliseconds that a timer and what follows from it may be late. */
const graceMillis = 100

/** A connection of one session is there for that session, and only as long as it is used. */
export const sessionsEnd: Promised = {
  invariant: 32,
  name: "a connection of a session ends with it, and when it is not used for long",
  check: ({ gateway, scenario, world }, fail) => {
    // Who watches a resource through it needs it, whether it does anything or not.
    const watched = new Set(
      scenario.acts.map((act) => (act._tag === "Watch" ? scenario.backends[act.backend]?.spec.name : undefined))
    )
    const quietSince = new WeakMap<Backend, number>()
    /** When a client last wanted something of anybody: a call that is refused at once is use as well. */
    let wantedAt = 0
    const look = ({ backend }: SessionSlot, sessionIdleMillis: number, awake: number) => {
      const since = quietSince.get(backend)
      if (!isQuiet(backend)) quietSince.delete(backend)
      else if (since === undefined) quietSince.set(backend, awake)
      // Its timer may have been set when it still worked, and looks once more.
      else if (awake - Math.max(since, wantedAt) > 2 * sessionIdleMillis + graceMillis) {
        fail(`${nameOf(backend)} does nothing since ${awake - since} ms, and still runs`)
      }
    }
    return {
      saw: (seen, at) => {
        if (seen._tag === "Asked" || seen._tag === "QuestionOver") wantedAt = at - world.asleep
      },
      instant: (at) => {
        for (const { slots, spec } of gateway()?.units ?? []) {
          if (slots.size === 0) continue
          const isUsed = watched.has(spec.name)
          for (const slot of slots.values()) if (!isUsed) look(slot, spec.sessionIdleMillis, at - world.asleep)
          for (const { backend } of outlived([...slots.values()])) fail(`${nameOf(backend)} outlives its session`)
        }
      }
    }
  }
}

const isQuiet = ({ view }: Backend): boolean => {
  if (view?.life._tag !== "Ready") return false
  const { holding, queued, sent } = view.inFlight
  return sent + queued + holding === 0
}

/** Those of sessions whose client has another one by now: simulated sessions are numbered, `NAME-1`. */
const outlived = (slots: ReadonlyArray<SessionSlot>): ReadonlyArray<SessionSlot> => {
  const last = new Map<string, number>()
  for (const { client, number } of slots.map(sessionOf)) last.set(client, Math.max(number, last.get(client) ?? 0))
  return slots.filter((slot) => sessionOf(slot).number < (last.get(sessionOf(slot).client) ?? 0))
}

const sessionOf = ({ sessionId }: SessionSlot): { readonly client: string; readonly number: number } => {
  // The last part of what stands for requests without a session is a principal's own name.
  const [, client = sessionId, number = "0"] = (isLone(sessionId) ? undefined : /^(.+)-(\d+)$/.exec(sessionId)) ?? []
  return { client, number: Number(number) }
}

/** Who is to have a connection of its own has one. */
export const isolationHolds: Promised = {
  invariant: 17,
  name: "no call goes over the shared connection of a backend that has one for each session",
  check: ({ scenario }, fail) => {
    const isolated = new Set(scenario.backends.flatMap(({ spec }) => (spec.isolation === "session" ? [spec.name] : [])))
    return {
      saw: (seen) => {
        if (seen._tag !== "Written" || seen.call === undefined || seen.line.session !== undefined) return
        const { canary, client } = seen.call
        if (isolated.has(seen.line.backend))
          fail(`${canary} of ${client} goes over #${seen.line.line}, which is shared`)
      }
    }
  }
}
