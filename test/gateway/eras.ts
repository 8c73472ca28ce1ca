import { isJsonObject, type Json, type JsonObject } from "../../src/domain/Json.ts"
import { type McpClient, type StdioClient } from "../fixtures/client.ts"
import { objectIn, resultOf, type Id } from "../fixtures/envelope.ts"
import { legacyBackend, modernBackend, startGateway, type RunningGateway } from "../fixtures/gateway.ts"
import { legacyOpen } from "../fixtures/legacyClient.ts"
import { modernRequest } from "../fixtures/modernClient.ts"

export const eras = ["legacy", "modern"] as const
/** How a client speaks; also the name of the backend that speaks so. */
export type Spoken = (typeof eras)[number]

/** Who asks and who answers: all four ways through the gateway. */
export const combinations = eras.flatMap((client) => eras.map((server) => ({ client, server })))

export interface SpeakOptions {
  readonly id?: Id
  readonly progressToken?: Id
  /** Modern clients only. */
  readonly logLevel?: string
  /** Modern clients only; a legacy one declares them when it opens its session. */
  readonly capabilities?: JsonObject
  readonly boundMillis?: number
}

/** One request in the words of an era; both may be mixed on one line. Resolves with the whole reply. */
export const speak = (
  client: McpClient,
  era: Spoken,
  method: string,
  params: JsonObject = {},
  options: SpeakOptions = {}
): Promise<JsonObject> => {
  if (era === "modern") return modernRequest(client, method, params, options)
  const { boundMillis, id, progressToken } = options
  return client.request(method, params, {
    ...(id !== undefined && { id }),
    ...(boundMillis !== undefined && { boundMillis }),
    ...(progressToken !== undefined && { meta: { progressToken } })
  })
}

/** `tools/call` in the words of an era. */
export const call = (
  client: McpClient,
  era: Spoken,
  name: string,
  args: JsonObject = {},
  options: SpeakOptions = {}
): Promise<JsonObject> => speak(client, era, "tools/call", { name, arguments: args }, options)

/** A gateway with a backend of each era, `legacy` and `modern`, and a session that is open and sees both. */
export const startBoth = async (
  options: {
    readonly table?: JsonObject
    readonly capabilities?: JsonObject
    readonly flags?: ReadonlyArray<string>
  } = {}
): Promise<RunningGateway> => {
  const { capabilities, flags = [], table = {} } = options
  const backends = [legacyBackend("legacy", flags, table), modernBackend("modern", flags, table)]
  const gateway = startGateway({ backends })
  await legacyOpen(gateway.client, { ...(capabilities && { capabilities }) })
  await allListed(gateway.client)
  return gateway
}

/** Resolves once no backend is missing from the tools; follows the list changes of an open legacy session. */
export const allListed = async (client: StdioClient): Promise<void> => {
  for (;;) {
    const from = client.messages.length
    const list = resultOf(await client.request("tools/list", {}))
    if (missingIn(list).length === 0) return
    await client.waitFor(isListChange("tools"), "a change of the tools", { from })
  }
}

export const isListChange =
  (list: "tools" | "prompts" | "resources") =>
  (message: JsonObject): boolean =>
    message["method"] === `notifications/${list}/list_changed` && message["id"] === undefined

/** The backends that a list names as missing. */
export const missingIn = (list: JsonObject): ReadonlyArray<string> => {
  const missing = objectIn(list, "_meta")["sentinel-gateway/missing"]
  return Array.isArray(missing) ? missing.filter(isJsonObject).map(({ backend }) => String(backend)) : []
}

/** The entries of a list, as objects. */
export const entriesOf = (list: JsonObject, member: string): ReadonlyArray<JsonObject> => {
  const entries = list[member]
  return Array.isArray(entries) ? entries.filter(isJsonObject) : []
}

export const namesOf = (list: JsonObject, member = "tools"): ReadonlyArray<string> =>
  entriesOf(list, member).map(({ name }) => String(name))

export const paramsOf = (message: JsonObject): JsonObject => objectIn(message, "params")

/** One more round trip: whatever the gateway had to say before it answers is here now. */
export const roundTrip = async (client: StdioClient, era: Spoken, server: Spoken): Promise<Json> =>
  resultOf(await call(client, era, `${server}__echo`, { text: "round" }))
