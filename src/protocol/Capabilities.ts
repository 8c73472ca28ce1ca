import { isJsonObject } from "../domain/Json.ts"
import type { JsonObject } from "../domain/Json.ts"

/** What a client can be asked for by a server, as the gateway can relay it; anything else is not passed on. */
const relayed = ["roots", "sampling", "elicitation"] as const

/**
 * The client capabilities that go to a backend: the caller's own, less what the gateway cannot relay (protocol notes,
 * "The bridge"). Extensions are passed on; `tasks` of 2025-11-25 is not, since its polling methods have no owner yet.
 */
export const relayableCapabilities = (capabilities: JsonObject): JsonObject => {
  const kept: Record<string, JsonObject> = {}
  for (const name of [...relayed, "extensions", "experimental"] as const) {
    const value = capabilities[name]
    if (isJsonObject(value)) kept[name] = value
  }
  return kept
}

/** What the protocol knows to say of each (MCP 2025-11-25 and 2026-07-28, "ClientCapabilities"). */
const details = { roots: ["listChanged"], sampling: ["context", "tools"], elicitation: ["form", "url"] } as const

/**
 * What a client can be asked for, in a word: the names of its capabilities and of their details. Nothing else of what it
 * says counts, so that there are few such words.
 */
export const capabilityWord = (capabilities: JsonObject): string => {
  let word = ""
  for (const name of relayed) {
    const capability = capabilities[name]
    if (!isJsonObject(capability)) continue
    word += ` ${name}`
    for (const detail of details[name]) {
      const value = capability[detail]
      if (value === true || isJsonObject(value)) word += `.${detail}`
    }
  }
  return word
}

/** Which questions a client can answer; two clients that agree in this see the same tools of a per-session backend. */
export const askable = (capabilities: JsonObject): boolean => relayed.some((name) => isJsonObject(capabilities[name]))

/** The capability that a server's question needs, or `undefined` for a method that is no question to a client. */
export const capabilityFor = (method: string): string | undefined => {
  switch (method) {
    case "roots/list":
      return "roots"
    case "sampling/createMessage":
      return "sampling"
    case "elicitation/create":
      return "elicitation"
    default:
      return undefined
  }
}
