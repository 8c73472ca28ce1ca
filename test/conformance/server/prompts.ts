import { fromJsonSchema, inputRequired, inputResponse, type McpServer } from "@modelcontextprotocol/server"
import { promptWords, type Changes } from "./changes.ts"
import { redPixel } from "./media.ts"
import { askFor } from "./questions.ts"

const user = (text: string) => ({ role: "user" as const, content: { type: "text" as const, text } })

/** Returns what brings the description that counts the changes up to date. */
export const registerPrompts = (server: McpServer, changes: Changes): (() => void) => {
  const described = { description: promptWords(changes.counts) }
  const simple = server.registerPrompt("test_simple_prompt", described, () => ({
    messages: [user("This is a simple prompt for testing.")]
  }))
  server.registerPrompt(
    "test_prompt_with_arguments",
    { description: "A prompt with two arguments", argsSchema: strings("arg1", "arg2") },
    ({ arg1, arg2 }) => ({ messages: [user(`Prompt with arguments: arg1='${arg1}', arg2='${arg2}'`)] })
  )
  server.registerPrompt(
    "test_prompt_with_embedded_resource",
    { description: "A prompt that carries a resource", argsSchema: strings("resourceUri") },
    ({ resourceUri }) => ({
      messages: [embedded(resourceUri ?? ""), user("Please process the embedded resource above.")]
    })
  )
  server.registerPrompt("test_prompt_with_image", { description: "A prompt that carries a picture" }, () => ({
    messages: [
      { role: "user", content: { type: "image", data: redPixel, mimeType: "image/png" } },
      user("Please analyze the image above.")
    ]
  }))
  server.registerPrompt("test_input_required_result_prompt", { description: "A prompt that asks first" }, (ctx) => {
    const answer = inputResponse(ctx.mcpReq.inputResponses, "user_context")
    if (answer.kind !== "missing") return { messages: [user(`Context: ${JSON.stringify(answer)}`)] }
    const question = askFor("What context should the prompt use?", "context")
    return inputRequired({ inputRequests: { user_context: question } })
  })
  return () => {
    const description = promptWords(changes.counts)
    if (description !== simple.description) simple.update({ description })
  }
}

const embedded = (uri: string) => ({
  role: "user" as const,
  content: {
    type: "resource" as const,
    resource: { uri, mimeType: "text/plain", text: "Embedded resource content for testing." }
  }
})

const strings = (...names: ReadonlyArray<string>) =>
  fromJsonSchema<Record<string, string>>({
    type: "object",
    properties: Object.fromEntries(names.map((name) => [name, { type: "string", description: `The ${name}` }])),
    required: [...names]
  })
