import { isJsonObject } from "../domain/Json.ts"
import type { Json, JsonObject } from "../domain/Json.ts"
import { isRaw } from "../protocol/RawText.ts"

/**
 * What is wrong with the form of these parameters (MCP, "CallToolRequest", "GetPromptRequest", "CompleteRequest");
 * `undefined`: nothing, as far as one looks. Servers answer such with an internal error, which would count against
 * their health; and of arguments that a tool's schema forbids, only the tool knows.
 */
export const wrongForm = (method: string, params: JsonObject): string | undefined => {
  switch (method) {
    case "tools/call":
      return isOptional(params["arguments"], isObject) ? undefined : "params.arguments must be an object"
    case "prompts/get":
      return isOptional(params["arguments"], isTexts) ? undefined : "params.arguments must be an object of strings"
    case "completion/complete":
      return wrongCompletion(params)
    default:
      return undefined
  }
}

const wrongCompletion = ({ argument, context, ref }: JsonObject): string | undefined => {
  if (!isObject(ref)) return "params.ref must be an object"
  switch (ref["type"]) {
    case "ref/prompt":
      if (!isText(ref["name"])) return "params.ref.name must be a string: the prompt"
      break
    case "ref/resource":
      if (!isText(ref["uri"])) return "params.ref.uri must be a string: the resource template"
      break
    default:
      return 'params.ref.type must be "ref/prompt" or "ref/resource"'
  }
  if (!isObject(argument) || !isText(argument["name"]) || !isText(argument["value"])) {
    return "params.argument must be an object with the strings name and value"
  }
  const given = isOptional(context, isObject) && isOptional(context?.["arguments"], isTexts)
  return given ? undefined : "params.context.arguments must be an object of strings"
}

const isOptional = <A extends Json>(value: Json | undefined, is: (value: Json) => value is A): value is A | undefined =>
  value === undefined || is(value)

/** A value that was not built stands for a string or a number. */
const isObject = (value: Json | undefined): value is JsonObject => isJsonObject(value) && !isRaw(value)

const isTexts = (value: Json): value is JsonObject => isObject(value) && Object.values(value).every(isText)

const isText = (value: Json | undefined): boolean =>
  typeof value === "string" || (isRaw(value) && value.rawJSON.startsWith('"'))
