import { isJsonObject, type Json, type JsonObject } from "../domain/Json.ts"
import { printable } from "./Words.ts"

/** A tool's result for a person: its texts as they are, everything else in a line that says what it is. */
export const renderToolResult = (result: JsonObject): string => {
  const content = Array.isArray(result["content"]) ? result["content"] : []
  const parts = content.flatMap((block: Json) => (isJsonObject(block) ? [renderBlock(block)] : []))
  const structured = result["structuredContent"]
  if (parts.length === 0 && structured !== undefined) parts.push(JSON.stringify(structured, undefined, 2))
  return parts.length === 0 ? "(no content)" : parts.map(printable).join("\n")
}

const renderBlock = (block: JsonObject): string => {
  switch (block["type"]) {
    case "text":
      return textOf(block["text"])
    case "image":
    case "audio":
      return `[${block["type"]} ${textOf(block["mimeType"])}, ${textOf(block["data"]).length} characters of base64]`
    case "resource_link":
      return `[resource ${textOf(block["uri"])}]`
    case "resource":
      return renderResource(block["resource"])
    default:
      return `[${textOf(block["type"])} ${JSON.stringify(block)}]`
  }
}

const renderResource = (resource: Json | undefined): string => {
  if (!isJsonObject(resource)) return "[resource]"
  const text = resource["text"]
  const heading = `[resource ${textOf(resource["uri"])}]`
  return typeof text === "string" ? `${heading}\n${text}` : heading
}

const textOf = (value: Json | undefined): string => (typeof value === "string" ? value : "")
