import { setTimeout as pause } from "node:timers/promises"
import { isJsonObject, type JsonObject } from "../../../src/domain/Json.ts"
import { objectIn } from "../../fixtures/envelope.ts"
import { valuesFor } from "./answers.ts"
import type { Conversation } from "./conversation.ts"

/** Uses a server through the gateway as a scenario wants it; whether all of it worked. */
export type Drive = (conversation: Conversation, context: JsonObject) => Promise<boolean>

/** The drive for a scenario: everything that the server offers, unless the scenario wants certain calls. */
export const driveFor = (scenario: string): Drive =>
  new Map<string, Drive>([
    ["elicitation-sep1034-client-defaults", afterStreams],
    ["sse-retry", afterStreams],
    ["http-custom-headers", givenCalls],
    ["json-schema-2020-12-preservation", echoOfSchema]
  ]).get(scenario) ?? everything

/** Lists and uses all tools, resources and prompts. */
const everything: Drive = async ({ list, request }) => {
  const tools = await list("tools")
  const results: Array<unknown> = [tools]
  for (const { inputSchema, name } of tools ?? []) {
    const schema = isJsonObject(inputSchema) ? inputSchema : {}
    results.push(await request("tools/call", { name: name ?? null, arguments: valuesFor(schema) }))
  }
  const resources = (await list("resources")) ?? []
  for (const { uri } of resources) results.push(await request("resources/read", { uri: uri ?? null }))
  const prompts = (await list("prompts")) ?? []
  for (const { name } of prompts) results.push(await request("prompts/get", { name: name ?? null }))
  return results.every((result) => result !== undefined)
}

/** Longer than a busy suite takes to see that the gateway listens. */
const listeningMillis = 1_000

/**
 * Lets the gateway's own stream be open before the first call: the servers of these scenarios ask only on that stream,
 * or take any stream that is opened after the call for one that is opened again.
 */
const afterStreams: Drive = async (conversation, context) => {
  await conversation.list("tools")
  await pause(listeningMillis)
  return everything(conversation, context)
}

/** The calls that the suite gives along, after a list. */
const givenCalls: Drive = async ({ list, request }, context) => {
  await list("tools")
  const calls = context["toolCalls"]
  const results: Array<JsonObject | undefined> = []
  for (const call of Array.isArray(calls) ? calls : [])
    if (isJsonObject(call)) results.push(await request("tools/call", call))
  return results.length > 0 && results.every((result) => result !== undefined)
}

/** Sends the schema of one tool, as it was listed, to another. */
const echoOfSchema: Drive = async ({ list, request }) => {
  const focal = (await list("tools"))?.find(({ name }) => name === "json_schema_2020_12_tool")
  const schema = objectIn(focal, "inputSchema")
  return (await request("tools/call", { name: "json_schema_echo", arguments: { schema } })) !== undefined
}
