import type { HealthSettings } from "../../domain/BackendSpec.ts"
import type { Backend } from "../../backend/Backend.ts"
import type { Promised } from "../Check.ts"
import { readMessage, textIn } from "../Message.ts"
import type { LineRecord } from "../Observation.ts"
import { eachSlot, nameOf, slotName, slotOf } from "../Slots.ts"
import { launchedBy } from "../Scenario.ts"

/** Milliseconds in which a refusal has come, and the gateway has gone on or given up. */
const promptMillis = 1

/** How its end is called that the gateway has asked a process for. */
const ended = "was stopped"

/** How one process was greeted. */
interface Greeting {
  initialize: string
  isDiscovered: boolean
  refusedAt: number
}

/** Whoever refuses to be greeted in one era may be of the other. */
export const bothErasAreTried: Promised = {
  invariant: 38,
  name: "no process is given up because it refuses the greeting of one era, and was not asked for the other",
  check: ({ gateway, scenario }, fail) => {
    const stdio = launchedBy(scenario, "stdio")
    const greetings = new WeakMap<LineRecord, Greeting>()
    const written = (line: LineRecord, text: string) => {
      const greeting = greetings.get(line) ?? { initialize: "", isDiscovered: false, refusedAt: Infinity }
      greetings.set(line, greeting)
      if (text.includes('"method":"initialize"')) greeting.initialize = textIn(readMessage(text), "id")
      if (text.includes('"method":"server/discover"')) greeting.isDiscovered = true
    }
    const sent = (line: LineRecord, text: string, at: number) => {
      const greeting = greetings.get(line)
      if (greeting === undefined || greeting.initialize === "") return
      // One that takes its time to end may still say something.
      if (slotOf(gateway(), line)?.backend.view?.life._tag !== "Starting") return
      if (text.startsWith(`{"jsonrpc":"2.0","id":"${greeting.initialize}","error"`)) greeting.refusedAt = at
    }
    return {
      saw: (seen, at) => {
        if (seen._tag === "Written" && stdio.has(seen.line.backend)) written(seen.line, seen.text)
        else if (seen._tag === "Sent") sent(seen.line, seen.text, at)
        else if (seen._tag === "Gone" && seen.how === ended && gateway() !== undefined) {
          const { isDiscovered, refusedAt } = greetings.get(seen.line) ?? unknown
          if (at - refusedAt > promptMillis && !isDiscovered)
            fail(`${slotName(seen.line)} #${seen.line.line} refused initialize, and was not asked for the other era`)
        }
      }
    }
  }
}

const unknown = { isDiscovered: false, refusedAt: Infinity }

/** What is wrong on the way to a site, or hangs, may keep its probes from their answers. */
const hindering = /"_tag":"(?:Stop|Status|StatusInstead|Unauthorized|Hang|Cut|Type|Mute|Refuse|Unroutable)"/

/** The time in which a probe comes, twice. */
const probedMillis = ({ intervalMillis, jitter, timeoutMillis }: HealthSettings): number =>
  2 * (intervalMillis * (1 + jitter) + timeoutMillis)

/** Another server may take the place of the one that shook hands; calls would never tell, where nobody calls. */
export const otherEraIsFound: Promised = {
  invariant: 38,
  name: "a site that speaks another era than it did is greeted anew within the time that a probe needs",
  check: ({ gateway, scenario, servers, world }, fail) => {
    // Where sessions have names, one that is spoken to without a session has forgotten the last one.
    const sites = new Set(
      scenario.backends.flatMap(({ spec, style }) =>
        spec.launch.type === "http" && style?.names !== false ? [spec.name] : []
      )
    )
    if (sites.size === 0) return {}
    const hindered = new Set<string>()
    const since = new Map<Backend, number>()
    const isOfOtherEra = (slot: Backend): boolean => {
      const { backend } = slot.settings.slot
      const server = servers().find(({ name }) => name === backend)
      const era = slot.view?.peer?.dialect.era
      if (server === undefined || era === undefined || era === server.era || hindered.has(backend)) return false
      return slot.view?.life._tag === "Ready" && ![...server.sessions].some(({ line }) => isOf(slot, line.record))
    }
    return {
      saw: (seen) => {
        if (seen._tag === "Fault" && hindering.test(seen.what)) hindered.add(seen.backend)
      },
      instant: (at) => {
        const awake = at - world.asleep
        eachSlot(gateway(), ({ spec }, slot) => {
          if (!sites.has(spec.name)) return
          const first = since.get(slot)
          if (!isOfOtherEra(slot)) since.delete(slot)
          else if (first === undefined) since.set(slot, awake)
          else if (awake - first > probedMillis(spec.health))
            fail(`${nameOf(slot)} is spoken to as a server of another era since ${awake - first} ms`)
        })
      },
      ended: () => since.clear()
    }
  }
}

const isOf = ({ settings: { slot } }: Backend, { backend, session }: LineRecord): boolean =>
  slot.backend === backend && slot.session === session
