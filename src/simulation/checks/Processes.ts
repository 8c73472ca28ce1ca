import type { Promised } from "../Check.ts"
import type { LineRecord } from "../Observation.ts"
import { slotName } from "../Slots.ts"

/** A slot has one process at a time, however slowly the last one ends; sessions have as many as `max_sessions` says. */
export const oneProcess: Promised = {
  invariant: 12,
  name: "a slot has one living process at a time",
  check: ({ world }, fail) => {
    const living = (one: Omit<LineRecord, "line">) =>
      [...world.alive].filter(({ backend, session }) => backend === one.backend && session === one.session).length
    return {
      saw: (seen) => {
        if (seen._tag === "Attempt" && living(seen) > 0) fail(`${slotName(seen)} is started while its process lives`)
        if (seen._tag === "Opened" && living(seen.line) > 1) fail(`${slotName(seen.line)} has two processes`)
      }
    }
  }
}

export const processesOfSessions: Promised = {
  invariant: 32,
  name: "a backend has no more processes of sessions than max_sessions",
  check: ({ scenario, world }, fail) => {
    const most = new Map(scenario.backends.map(({ spec }) => [spec.name, spec.maxSessions]))
    return {
      saw: (seen) => {
        if (seen._tag !== "Opened" || seen.line.session === undefined) return
        const { backend } = seen.line
        const count = [...world.alive].filter((line) => line.backend === backend && line.session !== undefined).length
        if (count > (most.get(backend) ?? 0)) fail(`${backend} has ${count} processes of sessions`)
      }
    }
  }
}

/** Its processes end with the gateway, also where another one takes its place. */
export const nothingLeft: Promised = {
  invariant: 18,
  name: "no process outlives its gateway",
  check: ({ world }, fail) => ({
    ended: () => {
      for (const line of world.alive) fail(`${slotName(line)} #${line.line} lives, and its gateway has ended`)
    }
  })
}
