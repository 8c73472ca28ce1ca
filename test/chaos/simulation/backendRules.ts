import type {
  BackendBounds,
  BackendSpec,
  CircuitSettings,
  HealthSettings,
  HttpLaunch,
  RestartSettings,
  StdioLaunch
} from "../../../src/domain/BackendSpec.ts"
import { longestMillis } from "../../../src/machine/Bounds.ts"
import type { BackendPlan } from "../../../src/simulation/Scenario.ts"
import type { SiteStyle } from "../../../src/simulation/SiteKinds.ts"
import {
  anything,
  flag,
  kindOf,
  listOf,
  nothing,
  number,
  object,
  oneOf,
  optional,
  text,
  textsByName,
  whole
} from "./rules.ts"
import type { Rules } from "./rules.ts"

/** Any time from nothing to a week. */
export const millis = number(0, longestMillis)

/** How often something may happen, or how many there may be of it, in one scenario. */
export const countMost = 10_000

const fromNothing = whole(0, countMost)
const fromOne = whole(1, countMost)

/** The sharper bounds are those of the machines, `machineProblem`. */
const restart: Rules<RestartSettings> = {
  onExit: flag,
  baseMillis: millis,
  factor: number(1, countMost),
  capMillis: millis,
  jitter: number(0, 1),
  intensity: fromNothing,
  windowMillis: millis,
  stableMillis: millis,
  slowRetryMillis: millis
}

const health: Rules<HealthSettings> = {
  intervalMillis: millis,
  jitter: number(0, 1),
  timeoutMillis: millis,
  misses: fromOne,
  hits: fromOne
}

const circuit: Rules<CircuitSettings> = {
  threshold: fromOne,
  failureRate: number(0, 1),
  minimumCalls: fromOne,
  windowMillis: millis,
  openMillis: millis,
  openFactor: number(1, countMost),
  openCapMillis: millis,
  jitter: number(0, 1),
  successes: fromOne
}

const bounds: Rules<BackendBounds> = {
  inFlight: fromOne,
  queued: fromNothing,
  frameBytes: whole(1, 2 ** 30),
  tools: fromNothing,
  stderrLines: fromNothing
}

const stdio: Rules<Omit<StdioLaunch, "type">> = {
  command: text,
  args: listOf(text),
  env: textsByName,
  secrets: listOf(text),
  envPass: listOf(text),
  cwd: optional(text)
}

const http: Rules<Omit<HttpLaunch, "type">> = {
  url: text,
  transport: oneOf(["auto", "streamable", "sse"]),
  headers: textsByName,
  allowedAddresses: listOf(text),
  // Nobody gives out tokens in a simulation.
  oauth: nothing
}

const spec: Rules<BackendSpec> = {
  name: text,
  launch: kindOf("type", { stdio, http }),
  prefix: text,
  isolation: oneOf(["shared", "session"]),
  whenDown: oneOf(["list", "hide"]),
  timeoutMillis: millis,
  inputTimeoutMillis: millis,
  startTimeoutMillis: millis,
  retries: fromNothing,
  idempotentTools: listOf(text),
  restart: object(restart),
  health: object(health),
  circuit: object(circuit),
  bounds: object(bounds),
  maxSessions: fromOne,
  sessionIdleMillis: millis
}

const style: Rules<SiteStyle> = {
  names: flag,
  listens: flag,
  answers: oneOf(["json", "events", "either"]),
  framing: oneOf(["length", "chunked", "close"]),
  resumes: flag,
  lingerMillis: millis,
  restartMillis: millis
}

/** A backend of a scenario. Its spec may have both kinds of default bounds as well, as a generated one does. */
export const backendRules: Rules<BackendPlan> = {
  spec: object({ ...spec, boundsStdio: anything, boundsHttp: anything }),
  era: oneOf(["stateful", "stateless"]),
  tools: listOf(text, 1),
  hasAll: optional(flag),
  logs: optional(flag),
  latencyMillis: millis,
  style: optional(object(style)),
  isCalm: optional(flag)
}
