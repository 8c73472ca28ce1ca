import { backendDefaults as defaults, type BackendSpec, type Launch } from "../domain/BackendSpec.ts"
import type { Backend } from "./BackendKeys.ts"
import { publicName } from "./BackendNames.ts"
import { type KeyPath, renderPath } from "./KeyPath.ts"
import { fill, type Directories } from "./Placeholders.ts"
import { resolvePath } from "./StateDirectory.ts"
import type { Environment } from "./Document.ts"
import { toHttpLaunch } from "./ToHttpLaunch.ts"

/** What a section needs to know of its surroundings. */
export interface Surroundings {
  readonly environment: Environment
  readonly directories: Directories
  /** Values of `{ env }` and `{ file }`, by the rendered path of the variable. */
  readonly secrets: ReadonlyMap<string, string>
}

/** One decoded section with every default filled in, placeholders replaced and references resolved. */
export const toBackendSpec = (backend: Backend, path: KeyPath, surroundings: Surroundings): BackendSpec => {
  const usual = backend.type === "http" ? defaults.boundsHttp : defaults.boundsStdio
  return {
    name: backend.name,
    launch: launchOf(backend, path, surroundings),
    prefix: backend.prefix ?? publicName(backend.name),
    isolation: backend.isolation ?? defaults.isolation,
    whenDown: backend.when_down ?? defaults.whenDown,
    timeoutMillis: millis(backend.timeout_secs) ?? defaults.timeoutMillis,
    inputTimeoutMillis: millis(backend.input_timeout_secs) ?? defaults.inputTimeoutMillis,
    startTimeoutMillis: millis(backend.start_timeout_secs) ?? defaults.startTimeoutMillis,
    retries: backend.retries ?? defaults.retries,
    idempotentTools: backend.idempotent_tools ?? [],
    restart: restartOf(backend),
    health: healthOf(backend),
    circuit: circuitOf(backend),
    bounds: {
      inFlight: backend.max_in_flight ?? usual.inFlight,
      queued: backend.max_queued ?? usual.queued,
      frameBytes: backend.max_frame_bytes ?? usual.frameBytes,
      tools: backend.max_tools ?? usual.tools,
      stderrLines: usual.stderrLines
    },
    maxSessions: backend.max_sessions ?? defaults.maxSessions,
    sessionIdleMillis: millis(backend.session_idle_secs) ?? defaults.sessionIdleMillis
  }
}

const millis = (seconds: number | undefined) => (seconds === undefined ? undefined : seconds * 1_000)

const launchOf = (backend: Backend, path: KeyPath, surroundings: Surroundings): Launch => {
  if (backend.type === "http") return toHttpLaunch(backend, surroundings.environment)
  const { directories, environment, secrets } = surroundings
  const variables = Object.entries(backend.env ?? {}).map(([name, value]) => {
    const resolved = secrets.get(renderPath([...path, "env", name]))
    return [name, typeof value === "string" ? fill(value, directories) : (resolved ?? "")] as const
  })
  const { cwd } = backend
  return {
    type: "stdio",
    command: fill(backend.command ?? "", directories),
    args: (backend.args ?? []).map((argument) => fill(argument, directories)),
    env: Object.fromEntries(variables),
    secrets: Object.keys(backend.env ?? {}).filter((name) => typeof backend.env?.[name] !== "string"),
    envPass: backend.env_pass ?? [],
    cwd: cwd === undefined ? undefined : resolvePath(fill(cwd, directories), directories.config_dir, environment)
  }
}

/** An unwritten cap gives way to a written base: only what a person wrote is held against them. */
const restartOf = (backend: Backend): BackendSpec["restart"] => {
  const usual = defaults.restart
  const baseMillis = backend.restart_base_ms ?? usual.baseMillis
  return {
    ...usual,
    onExit: backend.restart_on_exit ?? usual.onExit,
    baseMillis,
    capMillis: millis(backend.restart_cap_secs) ?? Math.max(usual.capMillis, baseMillis),
    intensity: backend.max_restarts ?? usual.intensity,
    windowMillis: millis(backend.restart_window_secs) ?? usual.windowMillis,
    stableMillis: millis(backend.restart_stable_secs) ?? usual.stableMillis,
    slowRetryMillis: millis(backend.quarantine_retry_secs) ?? usual.slowRetryMillis
  }
}

const healthOf = (backend: Backend): BackendSpec["health"] => {
  const usual = defaults.health
  const timeoutMillis = millis(backend.health_timeout_secs)
  const intervalMillis = millis(backend.health_interval_secs) ?? Math.max(usual.intervalMillis, timeoutMillis ?? 0)
  return {
    ...usual,
    intervalMillis,
    timeoutMillis: timeoutMillis ?? Math.min(usual.timeoutMillis, intervalMillis),
    misses: backend.health_misses ?? usual.misses
  }
}

const circuitOf = (backend: Backend): BackendSpec["circuit"] => {
  const usual = defaults.circuit
  const openMillis = millis(backend.circuit_breaker_recovery_secs) ?? usual.openMillis
  return {
    ...usual,
    threshold: backend.circuit_breaker_threshold ?? usual.threshold,
    openMillis,
    openCapMillis: Math.max(usual.openCapMillis, openMillis)
  }
}
