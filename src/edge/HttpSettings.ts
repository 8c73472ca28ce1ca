/** How the HTTP edge is bounded. Times are in milliseconds, sizes in bytes. */
export interface HttpBounds {
  /** Largest body of a request. */
  readonly bodyBytes: number
  /** Bytes of all bodies that have begun and are not whole yet; with one more piece its request is refused with 503. */
  readonly bodyBytesInAll: number
  /** TCP connections at once; more are closed as they come. */
  readonly connections: number
  /** Sessions of the stateful era at once; one more is refused with 503. */
  readonly sessions: number
  /** A session without a request or an open stream for so long is ended. */
  readonly sessionIdleMillis: number
  /** Messages kept for `Last-Event-ID`, for one session. */
  readonly replayEvents: number
  /** Bytes of them, for one session. */
  readonly replayBytes: number
  /** Bytes of them, for all sessions together: the oldest go first. */
  readonly replayBytesInAll: number
  /** An open stream that has nothing to say sends a comment so often. */
  readonly keepAliveMillis: number
  /** How long headers, and a whole request, may take to arrive. */
  readonly requestMillis: number
  /** After SIGTERM what runs gets so long to end. */
  readonly drainMillis: number
}

/** Where and for whom the gateway serves HTTP. */
export interface HttpSettings {
  /** An IP address, or `localhost`. */
  readonly host: string
  /** 0: any free one. */
  readonly port: number
  /** Values of `Host` that are served besides the loopback names and the listening address: `name` or `name:port`. */
  readonly allowedHosts: ReadonlyArray<string>
  /** Values of `Origin` that are served besides the gateway's own; browsers send it, other clients do not. */
  readonly allowedOrigins: ReadonlyArray<string>
  readonly bounds: HttpBounds
}

export const httpDefaults = {
  host: "127.0.0.1",
  port: 9200,
  bounds: {
    bodyBytes: 4 * 1024 * 1024,
    bodyBytesInAll: 64 * 1024 * 1024,
    connections: 4_096,
    sessions: 2_048,
    sessionIdleMillis: 1_800_000,
    replayEvents: 256,
    replayBytes: 1024 * 1024,
    replayBytesInAll: 64 * 1024 * 1024,
    keepAliveMillis: 15_000,
    requestMillis: 30_000,
    drainMillis: 10_000
  }
} as const
