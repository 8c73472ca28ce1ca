import { dirname, resolve } from "node:path"
import { gatewayBounds, type GatewayBounds } from "../domain/BackendSpec.ts"
import type { ConfigFile } from "./ConfigSchema.ts"
import type { AuthSettings, Configuration, PostgresSettings, RateLimitSettings, RoleSettings } from "./Configuration.ts"
import type { Document } from "./Document.ts"
import { defaultStateDirectory, resolvePath } from "./StateDirectory.ts"
import { toBackendSpec } from "./ToBackendSpec.ts"
import { toHttpSettings } from "./ToHttpSettings.ts"
import { logLevelOf } from "./LogLevelWord.ts"

/** The value of a file that decoded and broke no rule. */
export const toConfiguration = (
  file: ConfigFile,
  document: Document,
  secrets: ReadonlyMap<string, string>
): Configuration => {
  const { environment } = document
  const gateway = file.gateway ?? {}
  const configDirectory = dirname(resolve(document.file))
  const stateDirectory =
    gateway.state_dir === undefined
      ? defaultStateDirectory(environment)
      : resolvePath(gateway.state_dir, configDirectory, environment)
  const directories = { state_dir: stateDirectory, config_dir: configDirectory }
  const sections = (file.backends ?? []).map((backend, index) => ({ backend, path: ["backends", index] }))
  const enabled = sections.filter(({ backend }) => backend.enabled !== false)
  const paths = new Map(enabled.map(({ backend, path }) => [backend.name, path]))
  return {
    logLevel: logLevelOf(gateway.log_level ?? "info"),
    stateDirectory,
    bounds: boundsOf(gateway),
    backends: enabled.map(({ backend, path }) => toBackendSpec(backend, path, { environment, directories, secrets })),
    disabledBackends: sections.filter(({ backend }) => backend.enabled === false).map(({ backend }) => backend.name),
    serving: toHttpSettings(gateway),
    healthListen: gateway.health_listen,
    auditEnabled: gateway.audit_enabled ?? false,
    auth: authOf(file.auth),
    postgres: postgresOf(file.postgres),
    roles: rolesOf(file.rbac),
    rateLimits: rateLimitsOf(file.rate_limits),
    killSwitch: {
      disabledTools: file.kill_switch?.disabled_tools ?? [],
      disabledBackends: file.kill_switch?.disabled_backends ?? []
    },
    source: {
      file: document.file,
      positionOf: (path) => document.positions().near(path),
      backendPath: (name) => paths.get(name) ?? []
    }
  }
}

const isEmpty = (section: object | undefined) => section === undefined || Object.keys(section).length === 0

const boundsOf = (gateway: NonNullable<ConfigFile["gateway"]>): GatewayBounds => ({
  calls: gateway.max_calls ?? gatewayBounds.calls,
  frameBytes: gateway.max_frame_bytes ?? gatewayBounds.frameBytes,
  tools: gateway.max_tools ?? gatewayBounds.tools
})

const authOf = (auth: ConfigFile["auth"]): AuthSettings | undefined =>
  auth === undefined || isEmpty(auth)
    ? undefined
    : {
        jwtSecretEnv: auth.jwt_secret_env ?? "JWT_SECRET_KEY",
        jwtIssuer: auth.jwt_issuer,
        jwtAudience: auth.jwt_audience
      }

const postgresOf = (postgres: ConfigFile["postgres"]): PostgresSettings | undefined =>
  postgres === undefined || isEmpty(postgres)
    ? undefined
    : { urlEnv: postgres.url_env ?? "DATABASE_URL", maxConnections: postgres.max_connections ?? 10 }

const rolesOf = (rbac: ConfigFile["rbac"]): Readonly<Record<string, RoleSettings>> =>
  Object.fromEntries(
    Object.entries(rbac?.roles ?? {}).map(([name, role]) => [
      name,
      { permissions: role.permissions ?? [], deniedTools: role.denied_tools ?? [] }
    ])
  )

const rateLimitsOf = (limits: ConfigFile["rate_limits"]): RateLimitSettings | undefined => {
  if (limits === undefined) return undefined
  const perTool = limits.per_tool ?? {}
  if (limits.default_rpm === undefined && isEmpty(perTool)) return undefined
  return { defaultPerMinute: limits.default_rpm, perTool }
}
