import type { Era } from "../domain/Era.ts"
import type { JsonObject } from "../domain/Json.ts"
import { metaKeys } from "../protocol/Meta.ts"
import { objectIn, textIn } from "./Message.ts"

/** What a simulated server offers, in either era. */
export interface Offered {
  readonly era: Era
  readonly tools: ReadonlyArray<string>
  /** Prompts and resources as well, under this name. */
  readonly all: string | undefined
  readonly logs: boolean
}

/** The prompt that a server with prompts has, and the addresses of its resources, of which there are as many as asked for. */
export const promptName = "prompt"
export const resourceUri = (backend: string, name: string): string => `sim://${backend}/${name}`

/** The resource of a backend that clients watch. */
export const watchedUri = (backend: string): string => resourceUri(backend, "watched")

/** The result of a request that the server answers by itself; `undefined`: a call, or nothing that it knows. */
export const ownAnswer = (offered: Offered, method: string, params: JsonObject): JsonObject | undefined => {
  const isStateless = offered.era === "stateless"
  const complete = isStateless ? { resultType: "complete" } : {}
  switch (method) {
    case "server/discover":
      return isStateless ? discovered(offered) : undefined
    case "initialize":
      return isStateless ? undefined : { ...introduced(offered), protocolVersion: textIn(params, "protocolVersion") }
    case "tools/list":
      return { ...complete, tools: offered.tools.map((name) => ({ name, inputSchema: { type: "object" } })) }
    case "ping":
    case "logging/setLevel":
    case "resources/subscribe":
    case "resources/unsubscribe":
      return isStateless ? undefined : {}
    default:
      return offered.all === undefined ? undefined : otherList(offered.all, complete, method)
  }
}

const otherList = (backend: string, complete: JsonObject, method: string): JsonObject | undefined => {
  switch (method) {
    case "prompts/list":
      return { ...complete, prompts: [{ name: promptName, arguments: [{ name: "canary" }] }] }
    case "resources/list":
      return { ...complete, resources: [] }
    case "resources/templates/list":
      return { ...complete, resourceTemplates: [{ name: "any", uriTemplate: resourceUri(backend, "{name}") }] }
    default:
      return undefined
  }
}

/** The requests that a server works on, by their methods. */
export const isWork = (method: string): boolean =>
  method === "tools/call" || method === "prompts/get" || method === "resources/read"

/** The result of a call: it repeats the canary, so that whoever gets it knows whose it is. `pad`: characters besides. */
export const callResult = (era: Era, method: string, params: JsonObject, pad = 0): JsonObject => ({
  ...(era === "stateless" ? { resultType: "complete" } : undefined),
  ...(pad > 0 ? { _meta: { pad: "x".repeat(pad) } } : undefined),
  ...contentOf(method, params)
})

const contentOf = (method: string, params: JsonObject): JsonObject => {
  const canary = canaryIn(params)
  const text = `${method === "resources/read" ? "text" : textIn(params, "name")} of ${canary}`
  switch (method) {
    case "prompts/get":
      return { messages: [{ role: "user", content: { type: "text", text } }] }
    case "resources/read":
      return { contents: [{ uri: textIn(params, "uri"), text }] }
    default:
      return { content: [{ type: "text", text }] }
  }
}

/** The canary in the arguments of a call, or in the address of what is read. */
export const canaryIn = (params: JsonObject): string =>
  textIn(objectIn(params, "arguments"), "canary") || (textIn(params, "uri").split("/").at(-1) ?? "")

const capabilities = ({ all, logs }: Offered): JsonObject => ({
  tools: { listChanged: true },
  ...(all === undefined ? undefined : { prompts: {}, resources: { subscribe: true } }),
  ...(logs ? { logging: {} } : undefined)
})

const serverInfo = { name: "simulated", version: "1" }
const introduced = (offered: Offered): JsonObject => ({ capabilities: capabilities(offered), serverInfo })

const discovered = (offered: Offered): JsonObject => ({
  resultType: "complete",
  supportedVersions: ["2026-07-28"],
  capabilities: capabilities(offered),
  ttlMs: 0,
  cacheScope: "private",
  _meta: { [metaKeys.serverInfo]: serverInfo }
})
