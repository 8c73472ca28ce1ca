import { assert } from "@effect/vitest"
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Scheduler from "effect/Scheduler"
import * as Scope from "effect/Scope"
import { Connector } from "../../src/backend/Transport.ts"
import type { Era } from "../../src/domain/Era.ts"
import type { CallRecord } from "../../src/simulation/Observation.ts"
import { simulatedHttp } from "../../src/simulation/SimulatedHttp.ts"
import { SimulatedServer } from "../../src/simulation/SimulatedServer.ts"
import { SimulatedSite } from "../../src/simulation/SimulatedSite.ts"
import { usualStyle } from "../../src/simulation/SiteKinds.ts"
import type { SiteStyle } from "../../src/simulation/SiteKinds.ts"
import { Trace } from "../../src/simulation/Trace.ts"
import { VirtualTime } from "../../src/simulation/VirtualTime.ts"
import { World } from "../../src/simulation/World.ts"
import { connectHttp, httpSpec } from "../backend/httpServer.ts"

/** Longer than anything takes that nothing is wrong with. */
export const soonMillis = 100

export interface SiteOptions {
  readonly era?: Era
  readonly style?: Partial<SiteStyle>
  readonly inFlight?: number
  readonly frameBytes?: number
}

/** A simulated site, and the production transport to it, all in virtual time: a test is a plain function. */
export const openSite = ({ era = "stateful", style = {}, ...bounds }: SiteOptions = {}) => {
  const time = new VirtualTime()
  const trace = new Trace(true)
  const world = new World(time, trace, [])
  const spec = httpSpec("http://server.simulated/mcp", {}, bounds)
  const server = new SimulatedServer({ spec, era, tools: ["echo"], latencyMillis: 5 }, 1, time, world)
  const site = new SimulatedSite(server, { ...usualStyle, ...style })
  const surroundings = Context.empty().pipe(
    Context.add(Scheduler.Scheduler, time.scheduler),
    Context.add(Clock.Clock, time.clock)
  )

  /** Runs what is done without time passing, or becomes done with it. */
  const run = <A, E>(effect: Effect.Effect<A, E>) => {
    const fiber = Effect.runForkWith(surroundings)(effect)
    time.settle()
    return fiber
  }

  const connect = () => {
    const scope = Scope.makeUnsafe()
    const line = connectHttp(spec).pipe(
      Effect.provideService(Connector, simulatedHttp(site)),
      Effect.provideService(Scope.Scope, scope)
    )
    const exit = run(line).pollUnsafe()
    if (exit === undefined || Exit.isFailure(exit)) throw new Error("the line was not opened")
    return { ...exit.value, close: () => run(Scope.close(scope, Exit.void)) }
  }

  let made = 0
  /** Something for a call to carry, by which it is known wherever it comes. */
  const makeCall = (): CallRecord => {
    const id = ++made
    const call: CallRecord = {
      client: "c0",
      id,
      canary: `canary-0-${id}`,
      backend: spec.name,
      tool: "echo",
      repeatable: false,
      askedAt: time.now,
      cancelledAt: undefined,
      replies: [],
      written: [],
      arrived: []
    }
    world.asked(call)
    return call
  }

  return { time, trace, world, server, site, connect, makeCall, pass: (millis = soonMillis) => time.advance(millis) }
}

export type OpenSite = ReturnType<typeof openSite>
export type SiteClient = ReturnType<OpenSite["connect"]>

/** Puts in a call under this id. */
export const callOn = (open: OpenSite, line: SiteClient, id: string): CallRecord => {
  const call = open.makeCall()
  const params = { name: "echo", arguments: { canary: call.canary } }
  if (open.server.era === "stateless") line.modern(id, "tools/call", params)
  else line.legacy(id, "tools/call", params)
  return call
}

/** A line in a session that stands, with what its server wants to say by itself. */
export const openSession = (open: OpenSite): SiteClient => {
  const line = open.connect()
  line.initialize("init")
  open.pass()
  assert.isDefined(line.witness.replyTo("init"))
  line.notify("notifications/initialized")
  open.pass()
  return line
}

/** A line that calls can be made on, in the era of the server. */
export const openLine = (open: OpenSite): SiteClient =>
  open.server.era === "stateful" ? openSession(open) : open.connect()

/** Every way to answer that a site has. */
export const everyStyle: ReadonlyArray<Partial<SiteStyle>> = [
  { answers: "events" },
  { answers: "events", resumes: true },
  { answers: "events", lingerMillis: 5_000 },
  { answers: "json", framing: "length" },
  { answers: "json", framing: "chunked" },
  { answers: "json", framing: "close" },
  { answers: "either", listens: false },
  { answers: "either", names: false }
]

export const eras: ReadonlyArray<Era> = ["stateful", "stateless"]

/** The text in the result of a call. */
export const textOf = (line: SiteClient, id: string): string => JSON.stringify(line.witness.replyTo(id)?.["result"])
