import { isJsonObject } from "../domain/Json.ts"
import type { Json, JsonObject } from "../domain/Json.ts"

/**
 * A message as a simulated client or server reads it. Not by the gateway's own reader: what one hand writes wrongly the
 * other must not read rightly.
 */
export const readMessage = (text: string): JsonObject => {
  const value: unknown = JSON.parse(text)
  if (!isJsonObject(value)) throw new Error(`the gateway wrote what is no JSON object: ${text.slice(0, 200)}`)
  return value
}

/** A member that is an object; an empty one when it is anything else. */
export const objectIn = (source: JsonObject | undefined, name: string): JsonObject => {
  const value = source?.[name]
  return isJsonObject(value) ? value : {}
}

/** A member that is a text; empty when it is anything else. */
export const textIn = (source: JsonObject | undefined, name: string): string => {
  const value = source?.[name]
  return typeof value === "string" ? value : ""
}

export const isReply = (message: JsonObject): boolean =>
  message["method"] === undefined && (message["result"] !== undefined || message["error"] !== undefined)

export const resultMessage = (id: Json, result: JsonObject): string => JSON.stringify({ jsonrpc: "2.0", id, result })

export const errorMessage = (id: Json, code: number, message: string): string =>
  JSON.stringify({ jsonrpc: "2.0", id, error: { code, message } })

export const notificationMessage = (method: string, params: JsonObject): string =>
  JSON.stringify({ jsonrpc: "2.0", method, params })
