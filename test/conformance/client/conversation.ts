import { setTimeout as pause } from "node:timers/promises"
import { isJsonObject, type JsonObject } from "../../../src/domain/Json.ts"
import type { StdioClient } from "../../fixtures/client.ts"
import { objectIn } from "../../fixtures/envelope.ts"
import { legacyOpen } from "../../fixtures/legacyClient.ts"
import { modernComplete, modernVersion } from "../../fixtures/modernClient.ts"
import { answerTo, capabilities } from "./answers.ts"

/** What a client says to the gateway, whatever the era. */
export interface Conversation {
  /** The result; undefined for an error. Questions on the way are answered. */
  readonly request: (method: string, params?: JsonObject) => Promise<JsonObject | undefined>
  /** All entries of `<kind>/list`, page by page; undefined for an error. */
  readonly list: (kind: "tools" | "resources" | "prompts") => Promise<ReadonlyArray<JsonObject> | undefined>
}

/** Opens a conversation in the era of the revision. */
export const converse = async (client: StdioClient, revision: string): Promise<Conversation> => {
  const request = revision === modernVersion ? modern(client) : await legacy(client)
  const list: Conversation["list"] = async (kind) => {
    const found: Array<JsonObject> = []
    let cursor: JsonObject = {}
    do {
      const result: JsonObject | undefined = await request(`${kind}/list`, cursor)
      if (result === undefined) return undefined
      const page = result[kind]
      if (Array.isArray(page)) found.push(...page.filter(isJsonObject))
      const next = result["nextCursor"]
      cursor = typeof next === "string" ? { cursor: next } : {}
    } while (cursor["cursor"] !== undefined)
    return found
  }
  return { request, list }
}

/** A gateway answers at once although a server is still starting; a client that can wait asks again. */
const startBoundMillis = 20_000
const betweenListsMillis = 100

/** A list without the server's entries, because the server is not there, is no result. */
const settled = async (method: string, ask: () => Promise<JsonObject>): Promise<JsonObject | undefined> => {
  const until = performance.now() + startBoundMillis
  for (;;) {
    const reply = await ask()
    if (reply["error"] !== undefined) return undefined
    const result = objectIn(reply, "result")
    const missing = objectIn(result, "_meta")["sentinel-gateway/missing"]
    if (missing === undefined || !method.endsWith("/list")) return result
    if (!JSON.stringify(missing).includes('"starting') || performance.now() > until) return undefined
    await pause(betweenListsMillis)
  }
}

const modern =
  (client: StdioClient): Conversation["request"] =>
  (method, params = {}) => {
    const answer = (question: { method: string; params: JsonObject }) => answerTo(question.method, question.params)
    return settled(method, async () => (await modernComplete(client, method, params, { answer, capabilities })).reply)
  }

const legacy = async (client: StdioClient): Promise<Conversation["request"]> => {
  for (const method of ["elicitation/create", "sampling/createMessage", "roots/list"])
    client.onServerRequest(method, (params) => answerTo(method, params))
  await legacyOpen(client, { capabilities })
  return (method, params = {}) => settled(method, () => client.request(method, params))
}
