import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import type * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Logger from "effect/Logger"
import * as Random from "effect/Random"
import * as Scheduler from "effect/Scheduler"
import { InstanceFile } from "../backend/InstanceFile.ts"
import { Connector } from "../backend/Transport.ts"
import { publicName } from "../domain/ToolName.ts"
import { Gateway } from "../gateway/Gateway.ts"
import { StateStore } from "../gateway/StateFiles.ts"
import { Entropy } from "../kernel/Entropy.ts"
import { Timers } from "../kernel/Timers.ts"
import { Chance } from "./Chance.ts"
import { ClientAnswers } from "./ClientAnswers.ts"
import type { CallOf } from "./ClientRequest.ts"
import { MemoryFiles } from "./MemoryFiles.ts"
import { boundsOf } from "./Scenario.ts"
import type { BackendPlan, Scenario } from "./Scenario.ts"
import { SimulatedClient } from "./SimulatedClient.ts"
import { simulatedConnector } from "./SimulatedConnector.ts"
import { SimulatedServer } from "./SimulatedServer.ts"
import { SimulatedSite } from "./SimulatedSite.ts"
import type { VirtualTime } from "./VirtualTime.ts"
import type { World } from "./World.ts"

type Running = Gateway["Service"]

/** How long the gateway may take to stop, milliseconds: as long as its slowest child has, and a little more. */
const stopMillis = 20_000

/** The gateway itself, as it is in production, between simulated clients and simulated servers. */
export class Run {
  readonly scenario: Scenario
  readonly servers: ReadonlyArray<SimulatedServer>
  /** Where those of them that are reached over HTTP are reached, by their numbers. */
  readonly sites: ReadonlyMap<number, SimulatedSite>
  readonly clients: Array<SimulatedClient> = []
  readonly files = new MemoryFiles()
  readonly #time: VirtualTime
  readonly #world: World
  readonly #chance: Chance
  readonly #onInstant: (at: number) => void
  #fiber: Fiber.Fiber<unknown, unknown> | undefined
  gateway: Running | undefined

  constructor(scenario: Scenario, time: VirtualTime, world: World, onInstant: (at: number) => void) {
    this.scenario = scenario
    this.#time = time
    this.#world = world
    this.#onInstant = onInstant
    this.#chance = new Chance(scenario.seed)
    this.servers = scenario.backends.map((plan) => new SimulatedServer(plan, scenario.seed, time, world))
    this.sites = new Map(
      this.servers.flatMap((server, index) =>
        server.isSite ? [[index, new SimulatedSite(server, server.plan.style)]] : []
      )
    )
  }

  /** Starts the gateway, and lets its clients connect. */
  start(): void {
    this.#fiber = Effect.runForkWith(this.#surroundings())(this.#program())
    this.pass(0)
    const { gateway } = this
    if (gateway === undefined) throw new Error("the gateway did not start")
    if (this.clients.length > 0) {
      for (const client of this.clients) client.comeBack(gateway)
    } else {
      for (const [number, plan] of this.scenario.clients.entries()) {
        const answers = new ClientAnswers(plan, this.#time, this.#patience())
        this.clients.push(new SimulatedClient(plan, number, this.#world, answers, gateway))
      }
    }
    this.pass(0)
  }

  /** Ends it in order: its clients go, then it stops. False when it did not stop in time. */
  stop(): boolean {
    for (const client of this.clients) client.leave()
    const fiber = this.#fiber
    fiber?.interruptUnsafe()
    const isOver = () => fiber === undefined || fiber.pollUnsafe() !== undefined
    for (let passed = 0; !isOver() && passed < stopMillis; passed += 100) this.pass(100)
    this.gateway = undefined
    return isOver()
  }

  /** Lets time pass. */
  pass(millis: number): void {
    this.#time.advance(millis, () => this.#onInstant(this.#time.now))
  }

  /** The machine sleeps. */
  sleep(millis: number): void {
    this.#world.asleep += millis
    this.#time.leap(millis, () => this.#onInstant(this.#time.now))
  }

  callOf(backend: number, tool: number): CallOf | undefined {
    const plan = this.scenario.backends[backend]
    return plan === undefined ? undefined : callTo(plan, tool)
  }

  /** How long a client may take to answer, milliseconds. */
  #patience(): number {
    return Math.max(0, ...this.scenario.backends.map(({ spec }) => spec.inputTimeoutMillis))
  }

  #program(): Effect.Effect<void> {
    const { backends } = this.scenario
    const layer = Gateway.layer({
      backends: backends.map(({ spec }) => spec),
      bounds: boundsOf(this.scenario),
      stateDirectory: "memory",
      identity: { name: "sentinel-gateway", version: "0.0.0" }
    })
    const around = Context.make(Connector, simulatedConnector(this.servers, [...this.sites.values()]))
    return Layer.build(layer).pipe(
      Effect.provide(Layer.merge(InstanceFile.none("simulated"), this.#logger())),
      Effect.provide(around),
      Effect.flatMap((context) => {
        this.gateway = Context.get(context, Gateway)
        return Effect.never
      }),
      Effect.scoped
    )
  }

  /** What a process has around it: time, chance, randomness, files. */
  #surroundings(): Context.Context<never> {
    const { clock, scheduler } = this.#time
    const { next } = this.#chance.split("gateway")
    const bytes = this.#chance.split("entropy")
    return Context.empty().pipe(
      Context.add(Clock.Clock, clock),
      Context.add(Scheduler.Scheduler, scheduler),
      Context.add(Random.Random, {
        nextDoubleUnsafe: next,
        nextIntUnsafe: () => Math.floor(next() * Number.MAX_SAFE_INTEGER)
      }),
      Context.add(Entropy, (count) => Uint8Array.from({ length: count }, () => bytes.whole(0, 255))),
      Context.add(StateStore, () => this.files),
      Context.add(Timers, { after: this.#time.after, soon: this.#time.soon })
    )
  }

  #logger(): Layer.Layer<never> {
    const logger = Logger.make(({ cause, logLevel, message }) => {
      const text = Array.isArray(message) ? message.join(" ") : String(message)
      const why = cause.reasons.length === 0 ? "" : ` ${String(Exit.failCause(cause))}`
      this.#world.saw({ _tag: "Log", level: logLevel, text: `${text}${why}` })
    })
    return Logger.layer([logger])
  }
}

const callTo = ({ spec, tools }: BackendPlan, tool: number): CallOf => {
  const name = tools[tool % Math.max(1, tools.length)] ?? ""
  const known = publicName(spec.prefix, name)
  const repeatable = spec.idempotentTools.includes(name) || spec.idempotentTools.includes(known)
  return { backend: spec.name, tool: name, publicName: known, repeatable }
}
