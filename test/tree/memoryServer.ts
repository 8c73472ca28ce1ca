import { isJsonObject, type JsonObject } from "../../src/domain/Json.ts"
import { metaKeys } from "../../src/protocol/Meta.ts"

/** A request as a scripted server reads it. `id` is the gateway's. */
export interface Received {
  readonly id: string
  readonly method: string
  readonly params: JsonObject
}

/** What a scripted server is, besides how it behaves. Tools may be given by name alone. */
export interface Offers {
  readonly era: "legacy" | "modern"
  readonly tools: ReadonlyArray<string | JsonObject>
  readonly prompts: ReadonlyArray<string>
  readonly resources: ReadonlyArray<string>
  readonly templates: ReadonlyArray<string>
  readonly instructions: string | undefined
}

export const noOffers: Offers = {
  era: "legacy",
  tools: [],
  prompts: [],
  resources: [],
  templates: [],
  instructions: undefined
}

export const toolNamed = (name: string): JsonObject => ({ name, inputSchema: { type: "object" } })

/** The result of a request that every server answers by itself, `undefined` for one that its script answers. */
export const ownAnswer = (offers: Offers, { method, params }: Received): JsonObject | undefined => {
  const complete = offers.era === "modern" ? { resultType: "complete" } : {}
  switch (method) {
    case "server/discover":
      return offers.era === "modern" ? discovered(offers) : undefined
    case "initialize":
      return initialized(offers, params)
    case "tools/list":
      return { ...complete, tools: offers.tools.map((tool) => (typeof tool === "string" ? toolNamed(tool) : tool)) }
    case "prompts/list":
      return { ...complete, prompts: offers.prompts.map((name) => ({ name })) }
    case "resources/list":
      return { ...complete, resources: offers.resources.map((uri) => ({ uri, name: uri })) }
    case "resources/templates/list":
      return {
        ...complete,
        resourceTemplates: offers.templates.map((uriTemplate) => ({ uriTemplate, name: uriTemplate }))
      }
    case "ping":
    case "logging/setLevel":
    case "resources/subscribe":
    case "resources/unsubscribe":
      return {}
    default:
      return undefined
  }
}

/** The result of a tool that says what it was asked: its own name, and the argument `text`. */
export const echoResult = ({ params }: Received): JsonObject => {
  const given = isJsonObject(params["arguments"]) ? params["arguments"] : {}
  return { content: [{ type: "text", text: `${String(params["name"])}:${String(given["text"])}` }] }
}

const capabilitiesOf = (offers: Offers): JsonObject => ({
  tools: { listChanged: true },
  logging: {},
  ...(offers.prompts.length > 0 ? { prompts: { listChanged: true } } : undefined),
  ...(offers.resources.length + offers.templates.length > 0
    ? { resources: { listChanged: true, subscribe: true } }
    : undefined)
})

const discovered = (offers: Offers): JsonObject => ({
  resultType: "complete",
  supportedVersions: ["2026-07-28"],
  capabilities: capabilitiesOf(offers),
  ttlMs: 0,
  cacheScope: "private",
  ...(offers.instructions === undefined ? undefined : { instructions: offers.instructions }),
  _meta: { [metaKeys.serverInfo]: { name: "memory", version: "1" } }
})

const initialized = (offers: Offers, params: JsonObject): JsonObject => ({
  protocolVersion: params["protocolVersion"],
  capabilities: capabilitiesOf(offers),
  serverInfo: { name: "memory", version: "1" },
  ...(offers.instructions === undefined ? undefined : { instructions: offers.instructions })
})
