import type { HttpLaunch } from "../domain/BackendSpec.ts"
import type { Chance } from "./Chance.ts"
import type { SiteFault } from "./SiteFault.ts"

/** In which of the ways that HTTP servers have one answers. */
export interface SiteStyle {
  /** In the stateful era: whether it names sessions, or takes every request for itself. */
  readonly names: boolean
  /** In the stateful era: whether it has a stream for what belongs to no request, or answers GET with 405. */
  readonly listens: boolean
  readonly answers: "json" | "events" | "either"
  /** How the end of a JSON body shows: by its length, by chunks, or only by the end of the connection. */
  readonly framing: "length" | "chunked" | "close"
  /** Whether its events have ids, so that a stream that was cut can be gone on with. */
  readonly resumes: boolean
  /** How long an event stream goes on after it brought its answer. */
  readonly lingerMillis: number
  /** How long it takes until a process that crashed runs again. */
  readonly restartMillis: number
}

/** As the servers made with the official SDK are when nothing is configured. */
export const usualStyle: SiteStyle = {
  names: true,
  listens: true,
  answers: "events",
  framing: "chunked",
  resumes: false,
  lingerMillis: 0.1,
  restartMillis: 400
}

/** How the gateway reaches a simulated site: nothing but its address, and no name of it is ever looked up. */
export const launchOf = (name: string): HttpLaunch => ({
  type: "http",
  url: `http://${name}.simulated/mcp`,
  transport: "streamable",
  headers: {},
  allowedAddresses: [],
  oauth: undefined
})

export const styleOf = (chance: Chance): SiteStyle => ({
  names: chance.isTrue(0.8),
  listens: chance.isTrue(0.7),
  answers: chance.of(["json", "events", "either"]),
  framing: chance.of(["length", "chunked", "close"]),
  resumes: chance.isTrue(0.3),
  lingerMillis: chance.of([0.1, 0.1, 5_000]),
  restartMillis: chance.of([5, 400, 5_000])
})

/** One of everything that can go wrong on the way to a server. */
export const siteFaultsOf = (chance: Chance): SiteFault => chance.of(kinds)(chance)

const kinds: ReadonlyArray<(chance: Chance) => SiteFault> = [
  (chance) => ({ _tag: "Refuse", millis: chance.of([10, 2_000, 30_000]) }),
  (chance) => ({ _tag: "Unroutable", millis: chance.of([100, 15_000]) }),
  () => ({ _tag: "CutAll" }),
  (chance) => ({ _tag: "Cut", share: chance.of([0, 0.01, 0.5, 0.99, chance.next()]) }),
  (chance) => ({
    _tag: "Status",
    status: chance.of([500, 502, 503]),
    body: chance.of(["none", "text", "rpc"]),
    requests: chance.of([1, 5, 20])
  }),
  (chance) => ({ _tag: "StatusInstead", status: chance.of([500, 502, 504]), body: chance.of(["none", "text", "rpc"]) }),
  (chance) => ({ _tag: "Unauthorized", requests: chance.of([1, 2, 10]) }),
  (chance) => ({ _tag: "Hang", requests: chance.of([1, 3, 20]) }),
  () => ({ _tag: "Forget" }),
  (chance) => ({ _tag: "Type", type: chance.of(["text/html", "application/jsonp", "text/event-streams", ""]) }),
  () => ({ _tag: "EndStreams" }),
  () => ({ _tag: "OddEvents" })
]
