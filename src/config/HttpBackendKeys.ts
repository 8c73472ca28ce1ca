import * as Schema from "effect/Schema"
import { isAddressBlock } from "./AddressBlock.ts"
import { anyText, choice, environmentName, flag, record, requiredChoice, table, text, texts } from "./Keys.ts"

/** The ways in which the gateway gets tokens for a backend (MCP, basic/authorization; RFC 6749, 4.1 and 4.4). */
export const oauthGrants = ["authorization_code", "client_credentials"] as const

const variableHelp = { type: "text", allowed: "the name of an environment variable: letters, digits and _" }

const variable = (meaning: string) =>
  text({ fallback: "none", allowed: variableHelp.allowed, pattern: environmentName, meaning })

const headerVariable = Schema.String.annotate({
  key: { ...variableHelp, fallback: "", meaning: "The variable that holds the value of one header." }
}).check(Schema.isPattern(environmentName))

/** `oauth = { ... }` of a backend, or its own section. */
export const OAuth = table("[backends.oauth]", {
  grant: requiredChoice(oauthGrants, {
    fallback: "required",
    meaning: "A person logs in once, by `sentinel login NAME`; or no person is needed."
  }),
  client_id: text({
    fallback: "registered at the first use",
    allowed: "a text that is not empty",
    pattern: anyText,
    meaning: 'The client that the authorization server knows. Needed for "client_credentials".'
  }),
  client_secret_env: variable('The variable that holds its secret. Needed for "client_credentials".'),
  scope: text({
    fallback: "what the server asks for",
    allowed: "scopes with one blank between",
    pattern: /^[\x21\x23-\x5b\x5d-\x7e]+(?: [\x21\x23-\x5b\x5d-\x7e]+)*$/,
    meaning: "What the tokens are asked for."
  })
})

/** The keys of a `[[backends]]` section with `type = "http"`, besides those that both types have. */
export const httpBackendKeys = {
  url: text({
    fallback: 'required for "http"',
    allowed: "an http:// or https:// URL",
    pattern: /^https?:\/\/[^\s]+$/,
    meaning: "Where the server is, without user name, password or token. Without any path, `/mcp` is added."
  }),
  transport: choice(["auto", "streamable", "sse"], {
    fallback: '"auto"',
    meaning: "How it is spoken to: Streamable HTTP, the HTTP+SSE of 2024-11-05, or the first of the two that works."
  }),
  headers_env: record(headerVariable, {
    type: "table",
    allowed: 'a table of header names and variables: { "X-Api-Key" = "VARIABLE" }',
    fallback: "{}",
    meaning: "Headers for each request; each value comes from a variable of the gateway."
  }),
  bearer_env: variable("The variable that holds a token, sent as `Authorization: Bearer ...`."),
  shared_secret: flag({
    fallback: "true",
    meaning: "Whether `$BACKEND_SHARED_SECRET`, if it is set, is sent to this backend as `X-Sentinel-Auth`."
  }),
  allow_addresses: texts({
    fallback: "[]",
    allowed: 'an IP address or a block of them, such as "10.0.0.0/8" or "fd00::/8"',
    of: "IP addresses and blocks of them",
    pattern: { test: isAddressBlock },
    meaning: "Addresses that are not public and that its host may have all the same."
  }),
  oauth: Schema.optionalKey(
    OAuth.annotate({
      key: {
        type: "table",
        allowed: 'a table: { grant = "authorization_code" }, or a section begun by [backends.oauth]',
        fallback: "none",
        meaning: "How the gateway gets tokens for a server that asks for them.",
        header: "[backends.oauth]"
      }
    })
  )
}
