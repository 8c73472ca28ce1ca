import { isJsonObject, type Json, type JsonObject } from "../../../src/domain/Json.ts"
import { objectIn } from "../../fixtures/envelope.ts"

/** What this client can do, in both eras. */
export const capabilities: JsonObject = { elicitation: {}, sampling: {}, roots: {} }

/** Answers a question as a user would who presses return at once: each field of a form keeps its default (SEP-1034). */
export const answerTo = (method: string, params: JsonObject): JsonObject => {
  if (method === "elicitation/create")
    return { action: "accept", content: valuesFor(objectIn(params, "requestedSchema")) }
  if (method === "roots/list") return { roots: [] }
  return { role: "assistant", model: "none", stopReason: "endTurn", content: { type: "text", text: "Hello." } }
}

/** Values that a schema allows: its defaults, else the plainest value of each type. */
export const valuesFor = (schema: JsonObject): JsonObject =>
  Object.fromEntries(
    Object.entries(objectIn(schema, "properties")).map(([name, property]) => [
      name,
      isJsonObject(property) ? plainest(property) : "text"
    ])
  )

const plainest = (property: JsonObject): Json => {
  const choices = property["enum"]
  if (property["default"] !== undefined) return property["default"]
  if (Array.isArray(choices)) return choices[0] ?? null
  const plain: Readonly<Record<string, Json>> = {
    number: 1,
    integer: 1,
    boolean: true,
    object: {},
    array: [],
    null: null
  }
  return plain[String(property["type"])] ?? "text"
}
