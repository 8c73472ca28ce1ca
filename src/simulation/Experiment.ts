import type { BackendSpec } from "../domain/BackendSpec.ts"
import { Chance } from "./Chance.ts"
import { faultsOf } from "./FaultKinds.ts"
import type { Act, BackendPlan, ClientPlan, Fault, Scenario } from "./Scenario.ts"
import type { SiteFault } from "./SiteFault.ts"
import { launchOf, siteFaultsOf, styleOf } from "./SiteKinds.ts"

/** What an experiment with somebody's own backends is made of. */
export interface ExperimentSettings {
  readonly seed: number
  /** How long faults come, minutes. */
  readonly minutes: number
  /** Names of a backend's tools, as far as they are known. */
  readonly toolsOf: (spec: BackendSpec) => ReadonlyArray<string>
}

/** The pace of an experiment. */
export const experimentPace = {
  /** Between two calls of one client to one backend, milliseconds, in the mean. */
  callMillis: 5_000,
  /** Between two faults of one backend, milliseconds, in the mean. */
  faultMillis: 120_000
} as const

/**
 * The largest frame in an experiment, bytes, if the configuration allows larger ones: what is near the bound or beyond it
 * shows the same at every size, and to write and read megabytes would be most of the work.
 */
export const frameBytes = 1_048_576

/** One client of each kind. */
const clients: ReadonlyArray<ClientPlan> = [
  { name: "session", kind: "stateful" },
  { name: "modern", kind: "stateless" },
  { name: "posts", kind: "lone" }
]

/**
 * A scenario about the backends of a configuration: simulated servers of the same names under the same settings, some
 * clients that call them steadily, and faults. The same for the same backends, seed and minutes.
 */
export const experiment = (
  specs: ReadonlyArray<BackendSpec>,
  { minutes, seed, toolsOf }: ExperimentSettings
): Scenario => {
  const millis = minutes * 60_000
  const chance = new Chance(seed)
  const backends = specs.map((spec) => planOf(spec, toolsOf(spec), chance.split(spec.name)))
  const acts = backends.flatMap((plan, backend) => [
    ...calls(backend, millis, chance.split(`calls of ${plan.spec.name}`)),
    ...faults(plan.spec, backend, millis, chance.split(`faults of ${plan.spec.name}`))
  ])
  return { seed, backends, clients, acts: acts.sort((one, other) => one.at - other.at), millis }
}

/** Nothing of how the real ones are started or reached is of use here. */
const simulatedProcess: BackendSpec["launch"] = {
  type: "stdio",
  command: "simulated",
  args: [],
  env: {},
  secrets: [],
  envPass: [],
  cwd: undefined
}

const planOf = (spec: BackendSpec, tools: ReadonlyArray<string>, chance: Chance): BackendPlan => ({
  spec: {
    ...spec,
    launch: spec.launch.type === "http" ? launchOf(spec.name) : simulatedProcess,
    bounds: { ...spec.bounds, frameBytes: Math.min(spec.bounds.frameBytes, frameBytes) }
  },
  era: chance.of(["stateful", "stateful", "stateless"]),
  tools: tools.length > 0 ? tools : ["work"],
  latencyMillis: chance.of([1, 20, 300]),
  ...(spec.launch.type === "http" ? { style: styleOf(chance.split("site")) } : undefined)
})

function* calls(backend: number, millis: number, chance: Chance): Generator<Act> {
  for (const [client] of clients.entries()) {
    for (
      let at = pause(chance, experimentPace.callMillis);
      at < millis;
      at += pause(chance, experimentPace.callMillis)
    ) {
      yield { at, _tag: "Call", client, backend, tool: chance.whole(0, 1_000), count: 1 }
    }
  }
}

function* faults(spec: BackendSpec, backend: number, millis: number, chance: Chance): Generator<Act> {
  const { faultMillis } = experimentPace
  for (let at = pause(chance, faultMillis); at < millis; at += pause(chance, faultMillis)) {
    yield spec.launch.type === "http" && chance.isTrue(0.5)
      ? { at, _tag: "SiteFault", backend, fault: soonOverAtSite(siteFaultsOf(chance)) }
      : { at, _tag: "Fault", backend, fault: soonOver(faultsOf(chance, spec)) }
  }
}

/**
 * Starts and calls that go wrong in a row, at most: they are used up by starts and calls, and where these become rare,
 * after a slow retry or behind an open circuit, a long row would be all that an experiment shows.
 */
const inARow = { starts: 2, calls: 3 } as const

const soonOver = (fault: Fault): Fault => {
  switch (fault._tag) {
    case "Starts":
      return { ...fault, times: Math.min(fault.times, inARow.starts) }
    case "Mute":
    case "Error":
      return { ...fault, calls: Math.min(fault.calls, inARow.calls) }
    default:
      return fault
  }
}

const soonOverAtSite = (fault: SiteFault): SiteFault =>
  "requests" in fault ? { ...fault, requests: Math.min(fault.requests, inARow.calls) } : fault

/** Between two of a kind: half as long as the mean to half as long again, in whole milliseconds. */
const pause = (chance: Chance, mean: number): number => Math.round(mean * (0.5 + chance.next()))
