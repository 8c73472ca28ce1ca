import { type JsonObject } from "../../src/domain/Json.ts"
import { type McpClient } from "../fixtures/client.ts"
import { objectIn, textIn } from "../fixtures/envelope.ts"
import { type InputRequest } from "../fixtures/modernClient.ts"

/** Everything a client can be asked for. */
export const everything = { elicitation: {}, sampling: {}, roots: {} }

/** What the test's client answers to a question; elicitation and sampling quote it. */
export const answerTo = ({ method, params }: Pick<InputRequest, "method" | "params">): JsonObject => {
  if (method === "roots/list") return { roots: [{ uri: "file:///home/ada", name: "home" }] }
  if (method === "elicitation/create") return { action: "accept", content: { name: textIn(params, "message", "") } }
  const messages = params["messages"]
  const asked = Array.isArray(messages) ? JSON.stringify(messages[0]) : "nothing"
  return { role: "assistant", model: "test", content: { type: "text", text: asked } }
}

/** The questions that a backend can ask with its `ask-` tools. */
export const questions = [
  { tool: "ask-elicitation", method: "elicitation/create" },
  { tool: "ask-sampling", method: "sampling/createMessage" },
  { tool: "ask-roots", method: "roots/list" }
] as const

/** Answers every question of a stateful session with `answerTo`. */
export const answerAll = (client: McpClient): void => {
  for (const { method } of questions) client.onServerRequest(method, (params) => answerTo({ method, params }))
}

/** Leaves every question of this method unanswered, until `settle` is called. */
export const holdBack = (client: McpClient, method: string): { readonly settle: (answer: JsonObject) => void } => {
  const { promise, resolve } = Promise.withResolvers<JsonObject>()
  client.onServerRequest(method, () => promise)
  return { settle: resolve }
}

/** The parameters of the first question in an `input_required` result. */
export const firstQuestion = (result: JsonObject): JsonObject => {
  const [first] = Object.keys(objectIn(result, "inputRequests"))
  return objectIn(objectIn(result, "inputRequests"), first ?? "")
}
