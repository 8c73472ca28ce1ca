import * as Schema from "effect/Schema"
import { backendDefaults as defaults } from "../domain/BackendSpec.ts"
import { httpBackendKeys } from "./HttpBackendKeys.ts"
import {
  anyText,
  bytes,
  choice,
  count,
  environmentName,
  flag,
  millis,
  record,
  requiredText,
  seconds,
  table,
  text,
  texts
} from "./Keys.ts"

const day = 86_400
const mebibyte = 1_048_576
const inSeconds = (millis: number) => millis / 1_000
const stdio = defaults.boundsStdio
const http = defaults.boundsHttp

/** A value of a backend's `env`: written out, or taken from a variable of the gateway or from a file. */
const environmentValue = Schema.Union([
  Schema.String,
  Schema.Struct({ env: Schema.String.check(Schema.isPattern(environmentName)) }),
  Schema.Struct({ file: Schema.String.check(Schema.isPattern(anyText)) })
]).annotate({
  key: {
    type: "text or reference",
    allowed: 'a text, { env = "NAME" } or { file = "/path" }',
    fallback: "",
    meaning: "One variable of the backend's environment."
  }
})

const launchKeys = {
  name: requiredText({
    fallback: "required",
    allowed: "a text of 1 to 64 characters, without slashes, backslashes and control characters, and not of dots alone",
    pattern: /^(?!\.+$)[^\p{Cc}/\\]{1,64}$/u,
    meaning: "What the backend is called. No two may be the same, also not when only case or punctuation differs."
  }),
  enabled: flag({ fallback: "true", meaning: "`false` keeps the section but leaves the backend out." }),
  type: choice(["stdio", "http"], { fallback: '"stdio"', meaning: "A child process, or a server reached by HTTP." }),
  command: text({
    fallback: 'required for "stdio"',
    allowed: "the name or path of a program",
    pattern: anyText,
    meaning: "The program, run directly and never through a shell."
  }),
  args: texts({
    fallback: "[]",
    allowed: "a text",
    of: "texts",
    pattern: /^[^\0]*$/,
    meaning: "Its arguments."
  }),
  cwd: text({
    fallback: "the gateway's own",
    allowed: "the path of a directory",
    pattern: anyText,
    meaning: "The directory it runs in; a relative path starts at this file."
  }),
  env: record(environmentValue, {
    type: "table",
    allowed: 'a table of texts: { NAME = "value", OTHER = { env = "VARIABLE" }, THIRD = { file = "/path" } }',
    fallback: "{}",
    meaning: "Variables for the backend, besides the few it always gets. Secrets only by `{ env }` or `{ file }`."
  }),
  env_pass: texts({
    fallback: "[]",
    allowed: "the name of an environment variable: letters, digits and _",
    of: "names of environment variables",
    pattern: environmentName,
    meaning: "Variables of the gateway that are passed on under the same name."
  })
}

const presentationKeys = {
  prefix: text({
    fallback: "the name",
    allowed: "up to 32 letters, digits, _ or -; empty for no prefix",
    pattern: /^[A-Za-z0-9_-]{0,32}$/,
    meaning: "Put before each tool name, with `__` between."
  }),
  isolation: choice(["shared", "session"], {
    fallback: `"${defaults.isolation}"`,
    meaning:
      "One process, or connection, for all clients; or one for each client session, which can be asked (sampling, elicitation, roots)."
  }),
  when_down: choice(["list", "hide"], {
    fallback: `"${defaults.whenDown}"`,
    meaning: "Whether the tools stay listed while the backend is down."
  }),
  idempotent_tools: texts({
    fallback: "[]",
    allowed: "the name of a tool",
    of: "tool names",
    pattern: anyText,
    meaning: "Tools that may be called again when it is unknown whether the first call arrived."
  })
}

const patienceKeys = {
  timeout_secs: seconds({
    min: 1,
    max: day,
    fallback: inSeconds(defaults.timeoutMillis),
    meaning: "How long a call may take."
  }),
  start_timeout_secs: seconds({
    min: 1,
    max: 600,
    fallback: inSeconds(defaults.startTimeoutMillis),
    meaning: "How long the handshake and the first tool list may take."
  }),
  input_timeout_secs: seconds({
    min: 1,
    max: day,
    fallback: inSeconds(defaults.inputTimeoutMillis),
    meaning: "How long the client may take to answer a question of the backend."
  }),
  retries: count({
    min: 0,
    max: 10,
    fallback: defaults.retries,
    meaning: "Extra attempts for what surely was not sent, and for lists and reads."
  })
}

const restartKeys = {
  restart_on_exit: flag({ fallback: `${defaults.restart.onExit}`, meaning: "Whether it is started again." }),
  max_restarts: count({
    min: 0,
    max: 1_000,
    fallback: defaults.restart.intensity,
    meaning: "Restarts within the window; one more quarantines the backend."
  }),
  restart_window_secs: seconds({
    min: 1,
    max: day,
    fallback: inSeconds(defaults.restart.windowMillis),
    meaning: "The window in which restarts are counted."
  }),
  restart_base_ms: millis({
    min: 10,
    max: 60_000,
    fallback: defaults.restart.baseMillis,
    meaning: "The delay before the first restart; it doubles each time."
  }),
  restart_cap_secs: seconds({
    min: 1,
    max: 3_600,
    fallback: inSeconds(defaults.restart.capMillis),
    meaning: "The longest delay before a restart."
  }),
  restart_stable_secs: seconds({
    min: 1,
    max: day,
    fallback: inSeconds(defaults.restart.stableMillis),
    meaning: "After being ready this long the delay starts from the base again."
  }),
  quarantine_retry_secs: seconds({
    min: 1,
    max: day,
    fallback: inSeconds(defaults.restart.slowRetryMillis),
    meaning: "How often a quarantined backend is tried again."
  })
}

const healthKeys = {
  health_interval_secs: seconds({
    min: 1,
    max: day,
    fallback: inSeconds(defaults.health.intervalMillis),
    meaning: "How often the backend is probed."
  }),
  health_timeout_secs: seconds({
    min: 1,
    max: 300,
    fallback: inSeconds(defaults.health.timeoutMillis),
    meaning: "How long a probe may take; at most the interval."
  }),
  health_misses: count({
    min: 1,
    max: 100,
    fallback: defaults.health.misses,
    meaning: "Probes missed in a row before the backend is down."
  }),
  circuit_breaker_threshold: count({
    min: 1,
    max: 10_000,
    fallback: defaults.circuit.threshold,
    meaning: "Failures in a row that open the circuit."
  }),
  circuit_breaker_recovery_secs: seconds({
    min: 1,
    max: 3_600,
    fallback: inSeconds(defaults.circuit.openMillis),
    meaning: "How long it stays open the first time; it doubles each time, up to 300 s."
  })
}

const boundKeys = {
  max_in_flight: count({
    min: 1,
    max: 1_024,
    fallback: `${stdio.inFlight}; ${http.inFlight} for "http"`,
    meaning: "Calls at the backend at once."
  }),
  max_queued: count({
    min: 0,
    max: 10_000,
    fallback: `${stdio.queued}; ${http.queued} for "http"`,
    meaning: "Calls waiting for their turn; more are refused at once."
  }),
  max_frame_bytes: bytes({
    min: 1_024,
    max: 256 * mebibyte,
    fallback: stdio.frameBytes,
    meaning: "The largest message accepted from the backend."
  }),
  max_tools: count({ min: 1, max: 10_000, fallback: stdio.tools, meaning: "The most tools it may list." }),
  max_sessions: count({
    min: 1,
    max: 1_024,
    fallback: defaults.maxSessions,
    meaning: 'With isolation = "session": connections at once; one that is still ending counts.'
  }),
  session_idle_secs: seconds({
    min: 1,
    max: day,
    fallback: inSeconds(defaults.sessionIdleMillis),
    meaning: 'With isolation = "session": an unused connection is closed after this long.'
  })
}

/** One `[[backends]]` section as it is written. Defaults are the design's ("Backend"). */
export const Backend = table("[[backends]]", {
  ...launchKeys,
  ...httpBackendKeys,
  ...presentationKeys,
  ...patienceKeys,
  ...restartKeys,
  ...healthKeys,
  ...boundKeys
})
export type Backend = typeof Backend.Type
