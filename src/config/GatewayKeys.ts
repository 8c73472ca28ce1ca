import { gatewayBounds } from "../domain/BackendSpec.ts"
import { httpDefaults } from "../edge/HttpSettings.ts"
import { isHostValue, isOriginValue } from "./HttpNames.ts"
import { anyText, bytes, choice, count, flag, seconds, table, text, texts } from "./Keys.ts"
import { listenAddress } from "./ListenAddress.ts"
import { logLevelWords } from "./LogLevelWord.ts"

const mebibyte = 1_048_576
const inSeconds = (millis: number) => millis / 1_000
const http = httpDefaults.bounds

const address = (fallback: string, meaning: string) =>
  text({
    fallback,
    allowed: 'an IP address or localhost, and a port: "127.0.0.1:9200" or "[::1]:9200"',
    pattern: { test: (written) => listenAddress(written) !== undefined },
    meaning
  })

const servingKeys = {
  listen: address(
    `"${httpDefaults.host}:${httpDefaults.port}"`,
    "Where `sentinel serve` listens; port 0 is any free one. Only loopback addresses, as long as there is no `[auth]`."
  ),
  allowed_hosts: texts({
    fallback: "[]",
    allowed: 'a host name or IP address, with a port if need be: "mcp.example.org" or "mcp.example.org:8443"',
    of: "host names",
    pattern: { test: isHostValue },
    meaning: "Values of `Host` that are served besides the listening address and the loopback names."
  }),
  allowed_origins: texts({
    fallback: "[]",
    allowed: 'a scheme, a host and a port if need be, without a path: "https://app.example.org"',
    of: "origins",
    pattern: { test: isOriginValue },
    meaning: "Web pages that may call, by `Origin`, besides the gateway's own."
  }),
  max_connections: count({ min: 1, max: 65_536, fallback: http.connections, meaning: "Connections at once." }),
  max_sessions: count({
    min: 1,
    max: 65_536,
    fallback: http.sessions,
    meaning: "Sessions of HTTP clients at once; one more is refused."
  }),
  http_session_idle_secs: seconds({
    min: 1,
    max: 86_400,
    fallback: inSeconds(http.sessionIdleMillis),
    meaning: "A session without a request or an open stream is ended after this long."
  }),
  replay_events: count({
    min: 1,
    max: 65_536,
    fallback: http.replayEvents,
    meaning: "Messages that a session keeps for a client that comes back (`Last-Event-ID`)."
  }),
  replay_bytes: bytes({
    min: 1_024,
    max: http.replayBytesInAll,
    fallback: http.replayBytes,
    meaning: "The most bytes of them."
  }),
  keep_alive_secs: seconds({
    min: 1,
    max: 300,
    fallback: inSeconds(http.keepAliveMillis),
    meaning: "How often an open stream that has nothing to say sends a comment."
  }),
  request_timeout_secs: seconds({
    min: 1,
    max: 600,
    fallback: inSeconds(http.requestMillis),
    meaning: "How long a request may take to arrive whole."
  }),
  drain_secs: seconds({
    min: 1,
    max: 600,
    fallback: inSeconds(http.drainMillis),
    meaning: "How long running calls may go on after SIGTERM."
  })
}

/** The `[gateway]` section as it is written. */
export const Gateway = table("[gateway]", {
  log_level: choice(logLevelWords, { fallback: '"info"', meaning: "What is logged on standard error." }),
  state_dir: text({
    fallback: "see State directory",
    allowed: "the path of a directory",
    pattern: anyText,
    meaning: "Where the gateway keeps its state; `~/` is the home directory, a relative path starts at this file."
  }),
  max_calls: count({ min: 1, max: 65_536, fallback: gatewayBounds.calls, meaning: "Calls at once, in all." }),
  max_frame_bytes: bytes({
    min: 1_024,
    max: 256 * mebibyte,
    fallback: gatewayBounds.frameBytes,
    meaning: "The largest message accepted from a client; over HTTP, the largest body of a request."
  }),
  max_tools: count({ min: 1, max: 100_000, fallback: gatewayBounds.tools, meaning: "The most tools listed, in all." }),
  ...servingKeys,
  health_listen: address("none", "Where health and metrics listen. Not served yet: a warning."),
  audit_enabled: flag({ fallback: "false", meaning: "The audit trail. Not there yet: `true` refuses to start." })
})
export type Gateway = typeof Gateway.Type
