import { isLoopback } from "../edge/HostCheck.ts"
import type { Configuration } from "./Configuration.ts"
import type { KeyPath } from "./KeyPath.ts"
import { locate, type Complaint, type Problem } from "./Problem.ts"

/**
 * What a valid configuration asks for and this version can't do. Errors refuse to start: whoever wrote `[auth]` counts
 * on it, and a gateway that ignored it would fail open. What protects nothing is only a warning.
 */
export const unsupported = (configuration: Configuration): ReadonlyArray<Problem> =>
  [...protections(configuration), ...listeners(configuration)]
    .map((complaint) => locate(configuration.source.file, configuration.source.positionOf(complaint.path), complaint))
    .sort((a, b) => (a.line ?? 0) - (b.line ?? 0))

const refusal = (path: KeyPath, written: string, wish: string, remedy: string): Complaint => ({
  path,
  found: `${written}, which asks for ${wish}`,
  allowed: `nothing yet: this version does not have ${wish}`,
  advice: `${remedy}; the gateway refuses to start rather than ignore what you asked for`,
  message:
    `${written} asks for ${wish}, which this version does not have yet; ${remedy}; ` +
    "refusing to start because a gateway must not ignore a protection you asked for"
})

const protections = (configuration: Configuration): ReadonlyArray<Complaint> => {
  const { auditEnabled, auth, killSwitch, postgres, rateLimits, roles } = configuration
  const section = (name: string, wish: string) => refusal([name], `[${name}]`, wish, `remove the section [${name}]`)
  const list = (name: string, wish: string) =>
    refusal(
      ["kill_switch", name],
      name,
      wish,
      "empty the list, or disable a backend with enabled = false in its section"
    )
  return [
    ...(auditEnabled
      ? [
          refusal(
            ["gateway", "audit_enabled"],
            "audit_enabled = true",
            "the audit trail",
            "remove the key or set it to false"
          )
        ]
      : []),
    ...(auth === undefined ? [] : [section("auth", "authentication by tokens")]),
    ...(postgres === undefined ? [] : [section("postgres", "the audit trail in PostgreSQL")]),
    ...(Object.keys(roles).length === 0 ? [] : [section("rbac", "authorization by roles")]),
    ...(rateLimits === undefined ? [] : [section("rate_limits", "rate limits")]),
    ...(killSwitch.disabledTools.length === 0 ? [] : [list("disabled_tools", "tools to be refused")]),
    ...(killSwitch.disabledBackends.length === 0 ? [] : [list("disabled_backends", "backends to be refused")])
  ]
}

const listeners = ({ healthListen, serving }: Configuration): ReadonlyArray<Complaint> => [
  ...(isLoopback(serving.host) ? [] : [exposed(serving.host)]),
  ...(healthListen === undefined ? [] : [unserved(healthListen)])
]

/** Without `[auth]` whoever reaches the gateway is taken for the local user. */
const exposed = (host: string): Complaint => ({
  path: ["gateway", "listen"],
  found: `the address ${host}, which other machines can reach, while nobody who calls is authenticated`,
  allowed: "a loopback address, until this version has [auth]: 127.0.0.1, [::1] or localhost",
  advice: `write listen = "127.0.0.1:9200", with a reverse proxy in front of it that authenticates its users`
})

const unserved = (address: string): Complaint => ({
  path: ["gateway", "health_listen"],
  severity: "warning",
  found: `health_listen = "${address}", where nothing will listen`,
  allowed: "the key, without effect: health and metrics are not served yet",
  advice: "ask `sentinel status`; keep the line for a later version, or remove it",
  message: `health and metrics are not served yet: nothing listens on health_listen = "${address}"`
})
