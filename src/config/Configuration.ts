import type * as LogLevel from "effect/LogLevel"
import type { BackendSpec, GatewayBounds } from "../domain/BackendSpec.ts"
import type { HttpSettings } from "../edge/HttpSettings.ts"
import type { KeyPath } from "./KeyPath.ts"
import type { Problem } from "./Problem.ts"
import type { Position } from "./TomlPositions.ts"

/** A configuration that passed every check, with defaults filled in and placeholders and secrets resolved. */
export interface Configuration {
  readonly logLevel: LogLevel.LogLevel
  /** Absolute. The gateway creates it when it starts. */
  readonly stateDirectory: string
  readonly bounds: GatewayBounds
  /** The enabled backends, in the order of the file. */
  readonly backends: ReadonlyArray<BackendSpec>
  /** Names of the backends with `enabled = false`. */
  readonly disabledBackends: ReadonlyArray<string>
  /** How HTTP clients are served. */
  readonly serving: HttpSettings
  /** As written; nothing listens there yet. */
  readonly healthListen: string | undefined
  readonly auditEnabled: boolean
  /** Undefined when the section is absent or empty, as with the other sections below. */
  readonly auth: AuthSettings | undefined
  readonly postgres: PostgresSettings | undefined
  readonly roles: Readonly<Record<string, RoleSettings>>
  readonly rateLimits: RateLimitSettings | undefined
  readonly killSwitch: KillSwitchSettings
  /** Says nothing of what is configured: leave it out when two configurations are compared. */
  readonly source: ConfigurationSource
}

export interface AuthSettings {
  /** The name of the variable, never its value. */
  readonly jwtSecretEnv: string
  readonly jwtIssuer: string | undefined
  readonly jwtAudience: string | undefined
}

export interface PostgresSettings {
  /** The name of the variable, never its value. */
  readonly urlEnv: string
  readonly maxConnections: number
}

export interface RoleSettings {
  readonly permissions: ReadonlyArray<string>
  readonly deniedTools: ReadonlyArray<string>
}

export interface RateLimitSettings {
  readonly defaultPerMinute: number | undefined
  readonly perTool: Readonly<Record<string, number>>
}

export interface KillSwitchSettings {
  readonly disabledTools: ReadonlyArray<string>
  readonly disabledBackends: ReadonlyArray<string>
}

/** Where a configuration was written, so that later checks can still name the line. */
export interface ConfigurationSource {
  readonly file: string
  /** Of the key, or of the section it is missing from. */
  readonly positionOf: (path: KeyPath) => Position | undefined
  /** The path of an enabled backend's section, by the backend's name. */
  readonly backendPath: (name: string) => KeyPath
}

/** A configuration and what was found worth a warning on the way. */
export interface Decoded {
  readonly configuration: Configuration
  readonly warnings: ReadonlyArray<Problem>
}
