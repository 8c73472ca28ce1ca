import * as Schema from "effect/Schema"
import { Backend } from "./BackendKeys.ts"
import { Gateway } from "./GatewayKeys.ts"
import { OAuth } from "./HttpBackendKeys.ts"
import { anyText, count, environmentName, record, table, text, texts } from "./Keys.ts"

/** The most `[[backends]]` sections of one file. */
export const backendsMax = 256

const variable = (fallback: string, meaning: string) =>
  text({
    fallback: `"${fallback}"`,
    allowed: "the name of an environment variable: letters, digits and _",
    pattern: environmentName,
    meaning
  })

const names = (of: string, meaning: string) =>
  texts({ fallback: "[]", allowed: "a text that is not empty", of, pattern: anyText, meaning })

const Auth = table("[auth]", {
  jwt_secret_env: variable("JWT_SECRET_KEY", "The variable that holds the key of the tokens, 32 bytes or more."),
  jwt_issuer: text({
    fallback: "any",
    allowed: "a text that is not empty",
    pattern: anyText,
    meaning: "The `iss` a token must have."
  }),
  jwt_audience: text({
    fallback: "any",
    allowed: "a text that is not empty",
    pattern: anyText,
    meaning: "The `aud` a token must have."
  })
})

const Postgres = table("[postgres]", {
  url_env: variable("DATABASE_URL", "The variable that holds the URL of the database."),
  max_connections: count({ min: 1, max: 1_000, fallback: 10, meaning: "Connections at once." })
})

const Role = table("[rbac.roles.NAME]", {
  permissions: names("texts", "What the role may do."),
  denied_tools: names("tool names", "Tools it may never call, by public name or by the backend's own.")
})

const requestsPerMinute = { min: 0, max: 1_000_000 }

const perTool = Schema.Number.check(
  Schema.makeFilter((value: number) => Number.isSafeInteger(value) && value >= 0 && value <= requestsPerMinute.max)
).annotate({
  key: {
    type: "integer",
    allowed: "a whole number of calls a minute from 0 to 1,000,000",
    fallback: "",
    meaning: "Calls a minute of one tool."
  }
})

const RateLimits = table("[rate_limits]", {
  default_rpm: count({ ...requestsPerMinute, fallback: "none", meaning: "Calls a minute of one caller to one tool." }),
  per_tool: record(perTool, {
    type: "table",
    allowed: "a table of tool names and calls a minute: { read_file = 60 }",
    fallback: "{}",
    meaning: "The same for single tools."
  })
})

const KillSwitch = table("[kill_switch]", {
  disabled_tools: names("tool names", "Tools that are refused."),
  disabled_backends: names("backend names", "Backends whose tools are refused.")
})

const backends = Schema.Array(Backend)
  .annotate({
    key: { type: "list of tables", allowed: "sections begun by [[backends]]", fallback: "[]", meaning: "" }
  })
  .check(
    Schema.makeFilter((list: ReadonlyArray<unknown>) => list.length <= backendsMax, {
      key: { type: "list of tables", allowed: `at most ${backendsMax} [[backends]]`, fallback: "[]", meaning: "" }
    })
  )

/** A whole file as it is written, keys in snake_case. Every key but a backend's name is optional. */
export const ConfigFile = table("[section]", {
  gateway: Schema.optionalKey(Gateway),
  auth: Schema.optionalKey(Auth),
  postgres: Schema.optionalKey(Postgres),
  backends: Schema.optionalKey(backends),
  rbac: Schema.optionalKey(
    table("[rbac]", {
      roles: record(Role, {
        type: "table",
        allowed: "tables begun by [rbac.roles.NAME]",
        fallback: "{}",
        meaning: "Roles."
      })
    })
  ),
  rate_limits: Schema.optionalKey(RateLimits),
  kill_switch: Schema.optionalKey(KillSwitch)
})
export type ConfigFile = typeof ConfigFile.Type

/** The sections by the header they are written with, for the reference table and for "that key belongs in ...". */
export const sections = {
  "[gateway]": Gateway,
  "[[backends]]": Backend,
  "[backends.oauth]": OAuth,
  "[auth]": Auth,
  "[postgres]": Postgres,
  "[rbac.roles.NAME]": Role,
  "[rate_limits]": RateLimits,
  "[kill_switch]": KillSwitch
} as const
