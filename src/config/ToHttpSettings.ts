import { gatewayBounds } from "../domain/BackendSpec.ts"
import { httpDefaults, type HttpSettings } from "../edge/HttpSettings.ts"
import type { Gateway } from "./GatewayKeys.ts"
import { plainOrigin } from "./HttpNames.ts"
import { listenAddress } from "./ListenAddress.ts"

/** How HTTP is served, by a decoded `[gateway]` section. Hosts and origins are in small letters. */
export const toHttpSettings = (gateway: Gateway): HttpSettings => {
  const { host, port } = listenAddress(gateway.listen ?? "") ?? httpDefaults
  const usual = httpDefaults.bounds
  const bodyBytes = gateway.max_frame_bytes ?? gatewayBounds.frameBytes
  return {
    host,
    port,
    allowedHosts: (gateway.allowed_hosts ?? []).map((each) => each.toLowerCase()),
    allowedOrigins: (gateway.allowed_origins ?? []).map(plainOrigin),
    bounds: {
      bodyBytes,
      // The largest that is allowed must fit.
      bodyBytesInAll: Math.max(usual.bodyBytesInAll, bodyBytes),
      connections: gateway.max_connections ?? usual.connections,
      sessions: gateway.max_sessions ?? usual.sessions,
      sessionIdleMillis: millis(gateway.http_session_idle_secs) ?? usual.sessionIdleMillis,
      replayEvents: gateway.replay_events ?? usual.replayEvents,
      replayBytes: gateway.replay_bytes ?? usual.replayBytes,
      replayBytesInAll: usual.replayBytesInAll,
      keepAliveMillis: millis(gateway.keep_alive_secs) ?? usual.keepAliveMillis,
      requestMillis: millis(gateway.request_timeout_secs) ?? usual.requestMillis,
      drainMillis: millis(gateway.drain_secs) ?? usual.drainMillis
    }
  }
}

const millis = (seconds: number | undefined) => (seconds === undefined ? undefined : seconds * 1_000)
