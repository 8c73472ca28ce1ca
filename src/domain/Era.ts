/**
 * The two families of MCP revisions. `stateful`: an `initialize` handshake opens a session (2024-11-05 to 2025-11-25).
 * `stateless`: every request describes itself (2026-07-28).
 */
export type Era = "stateful" | "stateless"

/** Revisions of the stateful era that the gateway speaks, newest first. */
export const statefulVersions = ["2025-11-25", "2025-06-18", "2025-03-26", "2024-11-05"] as const

/** Revisions of the stateless era that the gateway speaks, newest first. */
export const statelessVersions = ["2026-07-28"] as const

/** What `server/discover` and `UnsupportedProtocolVersionError` name as supported. */
export const supportedVersions: ReadonlyArray<string> = [...statelessVersions, ...statefulVersions]

/** The revision to answer to an `initialize` that asks for `requested`: the same if spoken, else our newest. */
export const negotiateStateful = (requested: string): string =>
  statefulVersions.find((version) => version === requested) ?? statefulVersions[0]
