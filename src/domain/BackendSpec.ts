/** How a stdio backend is started. The command is run directly, never through a shell. */
export interface StdioLaunch {
  readonly type: "stdio"
  readonly command: string
  readonly args: ReadonlyArray<string>
  /** Added to the minimal environment (PATH, HOME, locale); nothing else of the gateway's environment is passed on. */
  readonly env: Readonly<Record<string, string>>
  /** Names in `env` whose values were given by reference: secrets, whatever they are called. */
  readonly secrets: ReadonlyArray<string>
  /** Names of the gateway's own environment variables whose values are passed on to this child. */
  readonly envPass: ReadonlyArray<string>
  readonly cwd: string | undefined
}

/** How an HTTP backend is reached. */
export interface HttpLaunch {
  readonly type: "http"
  /** `http:` or `https:`, without credentials. */
  readonly url: string
  /** `auto` tries Streamable HTTP first, then the HTTP+SSE of 2024-11-05. */
  readonly transport: "auto" | "streamable" | "sse"
  /** Sent with each request; the values come from the environment and are secrets, all of them. */
  readonly headers: Readonly<Record<string, string>>
  /** Addresses that its host may resolve to besides public ones: IP addresses and CIDR blocks. */
  readonly allowedAddresses: ReadonlyArray<string>
  /** How the gateway gets tokens for it; `undefined`: a server that asks for a token parks the backend. */
  readonly oauth: OAuthSettings | undefined
}

/** The gateway as an OAuth client of one backend (MCP, basic/authorization). */
export interface OAuthSettings {
  /** `authorization_code`: a person logs in once, by `sentinel login`. `client_credentials`: no person is needed. */
  readonly grant: "authorization_code" | "client_credentials"
  /** `undefined`: registered with the authorization server on first use. */
  readonly clientId: string | undefined
  readonly clientSecret: string | undefined
  /** Space separated; `undefined`: what the server asks for. */
  readonly scope: string | undefined
}

export type Launch = StdioLaunch | HttpLaunch

/** One configured backend, every default filled in. Times are in milliseconds. */
export interface BackendSpec {
  readonly name: string
  readonly launch: Launch
  /** Put before each tool name, with `__` between; empty: names stay as they are. */
  readonly prefix: string
  readonly isolation: "shared" | "session"
  /** Whether its tools stay listed (from the cached catalog) while it is down. */
  readonly whenDown: "list" | "hide"
  readonly timeoutMillis: number
  /** Waiting for the client to answer a question of the backend (elicitation, sampling, roots). */
  readonly inputTimeoutMillis: number
  readonly startTimeoutMillis: number
  /** Extra attempts for what surely was not sent, and for lists and reads. */
  readonly retries: number
  /** Tools (public or own name) that may be sent again after an unknown outcome. */
  readonly idempotentTools: ReadonlyArray<string>
  readonly restart: RestartSettings
  readonly health: HealthSettings
  readonly circuit: CircuitSettings
  readonly bounds: BackendBounds
  readonly maxSessions: number
  readonly sessionIdleMillis: number
}

export interface RestartSettings {
  readonly onExit: boolean
  readonly baseMillis: number
  readonly factor: number
  readonly capMillis: number
  /** Fraction: 0.2 spreads each delay over +-20 %. */
  readonly jitter: number
  /** At most this many restarts in the window; one more quarantines the backend. */
  readonly intensity: number
  readonly windowMillis: number
  /** Continuous ready time after which the delay starts from the base again. */
  readonly stableMillis: number
  /** How often a quarantined or parked backend is tried again. */
  readonly slowRetryMillis: number
}

export interface HealthSettings {
  readonly intervalMillis: number
  readonly jitter: number
  readonly timeoutMillis: number
  /** Consecutive misses before the backend is down. */
  readonly misses: number
  /** Consecutive hits before it is up again. */
  readonly hits: number
}

export interface CircuitSettings {
  /** Consecutive failures that open it. */
  readonly threshold: number
  /** Fraction of failures in the window that opens it, once the window has `minimumCalls`. */
  readonly failureRate: number
  readonly minimumCalls: number
  readonly windowMillis: number
  readonly openMillis: number
  readonly openFactor: number
  readonly openCapMillis: number
  readonly jitter: number
  /** Successful probes in half-open that close it. */
  readonly successes: number
}

export interface BackendBounds {
  readonly inFlight: number
  readonly queued: number
  /** Largest frame accepted from the backend, bytes. */
  readonly frameBytes: number
  readonly tools: number
  readonly stderrLines: number
}

/** The design's defaults ("Backend"), for a stdio backend; HTTP differs only in `bounds`. */
export const backendDefaults = {
  isolation: "shared",
  whenDown: "list",
  timeoutMillis: 60_000,
  inputTimeoutMillis: 300_000,
  startTimeoutMillis: 30_000,
  retries: 0,
  restart: {
    onExit: true,
    baseMillis: 500,
    factor: 2,
    capMillis: 30_000,
    jitter: 0.2,
    intensity: 5,
    windowMillis: 300_000,
    stableMillis: 120_000,
    slowRetryMillis: 300_000
  },
  health: { intervalMillis: 30_000, jitter: 0.2, timeoutMillis: 5_000, misses: 3, hits: 2 },
  circuit: {
    threshold: 5,
    failureRate: 0.5,
    minimumCalls: 10,
    windowMillis: 30_000,
    openMillis: 30_000,
    openFactor: 2,
    openCapMillis: 300_000,
    jitter: 0.2,
    successes: 2
  },
  boundsStdio: { inFlight: 16, queued: 64, frameBytes: 16 * 1024 * 1024, tools: 1_000, stderrLines: 200 },
  boundsHttp: { inFlight: 64, queued: 256, frameBytes: 16 * 1024 * 1024, tools: 1_000, stderrLines: 200 },
  maxSessions: 32,
  sessionIdleMillis: 300_000
} as const

/** Bounds of the gateway as a whole (design, "bounds"). */
export interface GatewayBounds {
  readonly calls: number
  /** Largest frame accepted from a client, bytes. */
  readonly frameBytes: number
  readonly tools: number
}

export const gatewayBounds: GatewayBounds = { calls: 1_024, frameBytes: 4 * 1024 * 1024, tools: 10_000 }
