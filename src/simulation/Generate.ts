import { backendDefaults } from "../domain/BackendSpec.ts"
import type { BackendSpec } from "../domain/BackendSpec.ts"
import { Chance } from "./Chance.ts"
import { faultsOf } from "./FaultKinds.ts"
import { askingTool } from "./Scenario.ts"
import type { Act, BackendAct, BackendPlan, ClientPlan, Scenario } from "./Scenario.ts"
import { launchOf, siteFaultsOf, styleOf } from "./SiteKinds.ts"

/** What a generated scenario may be made of. */
export const scenarioBounds = {
  backends: 3,
  clients: 3,
  /** Simulated minutes in which things go wrong. */
  minutes: 6,
  acts: 60,
  /** Calls put in at once. */
  burst: 12
} as const

/** Makes up a scenario: the same for the same seed. */
export const generate = (seed: number): Scenario => {
  const chance = new Chance(seed)
  const shape = chance.split("shape")
  const millis = 60_000 * shape.of([0.1, 0.5, 1, 2, scenarioBounds.minutes])
  const length = shape.whole(1, scenarioBounds.backends)
  const hasCalm = length > 1 && shape.isTrue(0.6)
  const backends = Array.from({ length }, (_, index) => {
    const own = chance.split(`backend ${index}`)
    return hasCalm && index === 0 ? calmPlan(`b${index}`, own) : backendPlan(`b${index}`, own)
  })
  const clients = Array.from({ length: shape.whole(1, scenarioBounds.clients) }, (_, index) =>
    clientPlan(`c${index}`, chance.split(`client ${index}`))
  )
  const acts = Array.from({ length: shape.whole(3, scenarioBounds.acts) }, (_, index) =>
    act(chance.split(`act ${index}`), backends, clients, millis)
  )
  const limit = shape.isTrue(0.1) ? { maxCalls: 30 } : {}
  return { seed, backends, clients, acts: acts.sort((one, other) => one.at - other.at), millis, ...limit }
}

const clientPlan = (name: string, chance: Chance): ClientPlan => {
  const kind = chance.of<ClientPlan["kind"]>(["stateful", "stateful", "stateless", "lone"])
  return {
    name,
    kind,
    ...(kind === "lone" ? chance.of([{}, { principal: "ann" }]) : undefined),
    ...chance.of([{}, { asked: chance.of(answerings) }]),
    ...(chance.isTrue(0.3) ? { isCurious: true } : undefined),
    ...(kind === "stateful" && chance.isTrue(0.2) ? { batches: true } : undefined)
  }
}

const answerings = ["answers", "answers", "late", "never", "declines"] as const

/** Nothing goes wrong at this one. */
const calmPlan = (name: string, chance: Chance): BackendPlan => {
  const { spec, ...plan } = backendPlan(name, chance)
  const { bounds } = spec
  return {
    ...plan,
    spec: {
      ...spec,
      isolation: "shared",
      restart: { ...spec.restart, onExit: true },
      timeoutMillis: Math.max(5_000, spec.timeoutMillis),
      bounds: { ...bounds, inFlight: 16, queued: 1_000 }
    },
    latencyMillis: Math.min(5, plan.latencyMillis),
    isCalm: true
  }
}

const backendPlan = (name: string, chance: Chance): BackendPlan => {
  const plan: BackendPlan = {
    spec: specOf(name, chance),
    era: chance.of(["stateful", "stateful", "stateless"]),
    tools: ["once", "again", askingTool],
    ...(chance.isTrue(0.3) ? { hasAll: true } : undefined),
    ...(chance.isTrue(0.2) ? { logs: true } : undefined),
    latencyMillis: chance.of([0.2, 5, 5, 200, 1_500])
  }
  const site = chance.split("site")
  return site.isTrue(siteShare) ? siteOf(plan, site) : plan
}

/** How many of the backends are reached over HTTP. */
const siteShare = 0.25

const siteOf = ({ spec, ...plan }: BackendPlan, chance: Chance): BackendPlan => ({
  ...plan,
  spec: { ...spec, launch: launchOf(spec.name) },
  style: styleOf(chance)
})

/** Settings small enough that much happens in little time, but with the shape of real ones; at times the defaults. */
const specOf = (name: string, chance: Chance): BackendSpec => {
  const isDefault = chance.isTrue(0.1)
  const { circuit, health, restart } = backendDefaults
  const base: BackendSpec = {
    ...backendDefaults,
    name,
    launch: { type: "stdio", command: "simulated", args: [name], env: {}, secrets: [], envPass: [], cwd: undefined },
    prefix: name,
    idempotentTools: ["again"],
    isolation: chance.of(["shared", "shared", "session"]),
    retries: chance.of([0, 0, 1, 3]),
    whenDown: chance.of(["list", "hide"]),
    bounds: {
      inFlight: chance.of([1, 2, 16]),
      queued: chance.of([1, 4, 64]),
      frameBytes: 20_000,
      tools: 100,
      stderrLines: 5
    },
    maxSessions: chance.of([1, 2, 32]),
    sessionIdleMillis: chance.of([1_000, 60_000]),
    inputTimeoutMillis: chance.of([2_000, 30_000])
  }
  if (isDefault) return { ...base, bounds: { ...base.bounds, inFlight: 16, queued: 64 } }
  const baseMillis = chance.of([50, 500])
  return {
    ...base,
    timeoutMillis: chance.of([1_000, 5_000, 20_000]),
    startTimeoutMillis: chance.of([2_000, 10_000]),
    restart: {
      ...restart,
      onExit: !chance.isTrue(0.05),
      baseMillis,
      capMillis: baseMillis * chance.of([4, 60]),
      intensity: chance.of([1, 3, 5, 20]),
      windowMillis: chance.of([10_000, 60_000, 300_000]),
      stableMillis: chance.of([1_000, 20_000]),
      slowRetryMillis: chance.of([5_000, 60_000])
    },
    health: {
      ...health,
      intervalMillis: chance.of([1_000, 10_000]),
      timeoutMillis: chance.of([300, 3_000]),
      misses: chance.of([1, 3])
    },
    circuit: {
      ...circuit,
      threshold: chance.of([2, 5]),
      windowMillis: 10_000,
      openMillis: chance.of([500, 5_000]),
      openCapMillis: 20_000
    }
  }
}

const act = (
  chance: Chance,
  backends: ReadonlyArray<BackendPlan>,
  clients: ReadonlyArray<ClientPlan>,
  millis: number
): Act => {
  const at = Math.floor(chance.next() * millis)
  const client = chance.whole(0, clients.length - 1)
  const backend = chance.whole(0, backends.length - 1)
  switch (chance.weighed(kinds)) {
    case "Call": {
      const kind = chance.of(["tool", "tool", "read", "prompt"] as const)
      return {
        at,
        _tag: "Call",
        client,
        backend,
        tool: chance.of([0, 0, 1, 1, 2]),
        count: chance.of([1, 1, 3, scenarioBounds.burst]),
        ...(backends[backend]?.hasAll === true && kind !== "tool" ? { kind } : undefined)
      }
    }
    case "Cancel":
      return { at, _tag: "Cancel", client, pick: chance.whole(0, 20) }
    case "List":
      return { at, _tag: "List", client }
    case "Watch":
      return { at, _tag: "Watch", client, backend, isOn: !chance.isTrue(0.2) }
    case "Leave":
      return { at, _tag: "Leave", client }
    case "Fault": {
      const faulty = backends[backend]?.isCalm === true ? backend + 1 : backend
      return { at, ...faultAt(faulty, backends[faulty]?.spec, chance) }
    }
    case "WallClock":
      return { at, _tag: "WallClock", millis: chance.of([-3_600_000, -1_000, 60_000, 86_400_000]) }
    case "Suspend":
      return { at, _tag: "Suspend", millis: chance.of([5_000, 600_000]) }
    case "Restart":
      return { at, _tag: "Restart" }
    case "Disk":
      return { at, _tag: "Disk", isFull: chance.isTrue(0.6) }
  }
}

/** At a server itself, or on the way to it. */
const faultAt = (backend: number, spec: BackendSpec | undefined, chance: Chance): BackendAct =>
  spec?.launch.type === "http" && chance.isTrue(0.5)
    ? { _tag: "SiteFault", backend, fault: siteFaultsOf(chance) }
    : { _tag: "Fault", backend, fault: faultsOf(chance, spec) }

const kinds = [
  [40, "Call"],
  [5, "Cancel"],
  [3, "List"],
  [3, "Watch"],
  [2, "Leave"],
  [30, "Fault"],
  [1, "WallClock"],
  [1, "Suspend"],
  [1, "Restart"],
  [1, "Disk"]
] as const
