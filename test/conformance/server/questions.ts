import { inputRequired, type InputRequest } from "@modelcontextprotocol/server"

/** Asks the user for one value. */
export const askFor = (message: string, name: string, type: "string" | "boolean" = "string"): InputRequest =>
  inputRequired.elicit({
    message,
    requestedSchema: {
      type: "object",
      properties: { [name]: type === "string" ? { type } : { type } },
      required: [name]
    }
  })

/** Asks the model of the client. */
export const askModel = (text: string, maxTokens = 100): InputRequest =>
  inputRequired.createMessage({ messages: [{ role: "user", content: { type: "text", text } }], maxTokens })

/** A form with a default for each primitive type (SEP-1034). */
export const formWithDefaults = inputRequired.elicit({
  message: "Please check these values",
  requestedSchema: {
    type: "object",
    properties: {
      name: { type: "string", description: "User name", default: "John Doe" },
      age: { type: "integer", description: "User age", default: 30 },
      score: { type: "number", description: "User score", default: 95.5 },
      status: {
        type: "string",
        description: "User status",
        enum: ["active", "inactive", "pending"],
        default: "active"
      },
      verified: { type: "boolean", description: "Verification status", default: true }
    },
    required: []
  }
})

const titled = (word: string) =>
  ["First", "Second", "Third"].map((order, index) => ({ const: `value${index + 1}`, title: `${order} ${word}` }))

/** A form with each way to choose from a list (SEP-1330). */
export const formOfChoices = inputRequired.elicit({
  message: "Please choose",
  requestedSchema: {
    type: "object",
    properties: {
      untitledSingle: { type: "string", enum: ["option1", "option2", "option3"] },
      titledSingle: { type: "string", oneOf: titled("Option") },
      legacyEnum: {
        type: "string",
        enum: ["opt1", "opt2", "opt3"],
        enumNames: ["Option One", "Option Two", "Option Three"]
      },
      untitledMulti: { type: "array", items: { type: "string", enum: ["option1", "option2", "option3"] } },
      titledMulti: { type: "array", items: { anyOf: titled("Choice") } }
    },
    required: []
  }
})
