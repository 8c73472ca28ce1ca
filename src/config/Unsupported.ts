import type { Configuration } from "./Configuration.ts"
import type { KeyPath } from "./KeyPath.ts"
import { locate, type Complaint, type Problem } from "./Problem.ts"

/**
 * What a valid configuration asks for and this version can't do. Errors refuse to start: whoever wrote `[auth]` counts
 * on it, and a gateway that ignored it would fail open. What protects nothing is only a warning.
 */
export const unsupported = (configuration: Configuration): ReadonlyArray<Problem> =>
  [...httpBackends(configuration), ...protections(configuration), ...listeners(configuration)]
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

const httpBackends = ({ backends, source }: Configuration): ReadonlyArray<Complaint> =>
  backends.flatMap((backend) => {
    if (backend.launch.type !== "http") return []
    const path = [...source.backendPath(backend.name), "type"]
    const remedy = "remove the backend or set enabled = false in it"
    const complaint = refusal(path, 'type = "http"', "a backend that is reached by HTTP", remedy)
    return [{ ...complaint, message: `${complaint.found}, which this version does not have yet; ${remedy}` }]
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

const listeners = ({ serving }: Configuration): ReadonlyArray<Complaint> => [
  ...(serving.listen === undefined ? [] : [unserved("listen", serving.listen)]),
  ...(serving.healthListen === undefined ? [] : [unserved("health_listen", serving.healthListen)])
]

const unserved = (key: string, address: string): Complaint => ({
  path: ["gateway", key],
  severity: "warning",
  found: `${key} = "${address}", where nothing will listen`,
  allowed: "the key, without effect: HTTP is not served yet",
  advice: "reach the gateway over stdio; keep the line for a later version, or remove it",
  message: `HTTP is not served yet: nothing listens on ${key} = "${address}"; reach the gateway over stdio`
})
