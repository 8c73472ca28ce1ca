import type { JsonObject } from "../../../src/domain/Json.ts"
import { textIn } from "../../fixtures/envelope.ts"
import type { BackendTable } from "../../fixtures/gateway.ts"

export const backendName = "suite"

/** Holds the secret of the client that the suite has registered beforehand. */
export const secretVariable = "SUITE_CLIENT_SECRET"

/** The document at this URL would name the gateway to an authorization server; it stands for one of the user's own. */
const metadataDocument = "https://conformance-test.local/client-metadata.json"

/** Scenarios whose server asks the client: such a backend needs a connection for each client. */
const asking = new Set(["elicitation-sep1034-client-defaults", "sep-2322-client-request-state"])

/** The backend's table, as its operator would write it for the scenario. Its tools keep their names. */
export const backendFor = (scenario: string, url: string, context: JsonObject): BackendTable => ({
  name: backendName,
  type: "http",
  url,
  prefix: "",
  isolation: asking.has(scenario) ? "session" : "shared",
  ...(scenario.startsWith("auth/") && { oauth: oauthFor(scenario, context) })
})

const oauthFor = (scenario: string, context: JsonObject): BackendTable => {
  const grant = scenario.startsWith("auth/client-credentials") ? "client_credentials" : "authorization_code"
  const given = textIn(context, "client_id", scenario === "auth/basic-cimd" ? metadataDocument : "")
  const secret = textIn(context, "client_secret", "") === "" ? {} : { client_secret_env: secretVariable }
  return { grant, ...(given !== "" && { client_id: given, ...secret }) }
}
