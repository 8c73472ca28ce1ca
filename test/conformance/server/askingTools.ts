import {
  fromJsonSchema,
  inputRequired,
  inputResponse,
  type CallToolResult,
  type InputRequest,
  type InputRequiredResult,
  type McpServer,
  type ServerContext
} from "@modelcontextprotocol/server"
import { said } from "./media.ts"
import { askFor, askModel, formOfChoices, formWithDefaults } from "./questions.ts"

/**
 * Tools that ask the client once. They answer `input_required`; to a client of the stateful era the SDK sends the same
 * questions as requests, so one definition serves both eras.
 */
export const registerAskingTools = (server: McpServer): void => {
  server.registerTool(
    "test_sampling",
    { description: "Asks the model of the client", inputSchema: oneString("prompt") },
    ({ prompt }, ctx) => once(ctx, askModel(prompt ?? ""), "LLM response")
  )
  server.registerTool(
    "test_elicitation",
    { description: "Asks the user for a name and an address", inputSchema: oneString("message") },
    ({ message }, ctx) => once(ctx, personalForm(message ?? ""), "User response")
  )
  server.registerTool(
    "test_elicitation_sep1034_defaults",
    { description: "Asks the user with a form that has defaults" },
    (ctx) => once(ctx, formWithDefaults, "Elicitation completed")
  )
  server.registerTool(
    "test_elicitation_sep1330_enums",
    { description: "Asks the user with a form of choices" },
    (ctx) => once(ctx, formOfChoices, "Elicitation completed")
  )
  server.registerTool(
    "test_streaming_elicitation",
    { description: "Asks the user inside a call, never by a request of its own" },
    (ctx) => once(ctx, askFor("Shall it go on?", "goOn", "boolean"), "Elicitation completed")
  )
  server.registerTool("test_missing_capability", { description: "Needs a client that can do sampling" }, (ctx) =>
    once(ctx, askModel("Hello"), "LLM response")
  )
}

/** Asks if there is no answer yet, else shows the answer. */
const once = (ctx: ServerContext, question: InputRequest, label: string): CallToolResult | InputRequiredResult => {
  const answer = inputResponse(ctx.mcpReq.inputResponses, "answer")
  if (answer.kind === "missing") return inputRequired({ inputRequests: { answer: question } })
  return said(`${label}: ${JSON.stringify(answer)}`)
}

const oneString = (name: string) =>
  fromJsonSchema<Record<string, string>>({
    type: "object",
    properties: { [name]: { type: "string" } },
    required: [name]
  })

const personalForm = (message: string) =>
  inputRequired.elicit({
    message,
    requestedSchema: {
      type: "object",
      properties: {
        username: { type: "string", description: "User's response" },
        email: { type: "string", description: "User's email address" }
      },
      required: ["username", "email"]
    }
  })
