import { isJsonObject } from "../domain/Json.ts"
import type { JsonObject } from "../domain/Json.ts"

/** Property names that models' APIs accept; one other name in one tool makes some clients drop the whole server. */
const propertyName = /^[A-Za-z0-9_.-]{1,64}$/

/**
 * Why a tool is left out of the merged list, though MCP allows it as it is: the APIs of models do not, and there are
 * clients that lose all tools for the sake of one such. Who asks for one backend under its own names gets it, as
 * without the gateway.
 */
export const unfitForMerging = ({ inputSchema }: JsonObject): string | undefined => {
  if (!isJsonObject(inputSchema)) return undefined
  for (const keyword of ["oneOf", "anyOf", "allOf"]) {
    if (keyword in inputSchema) return `its inputSchema has "${keyword}" at the top level${elsewhere}`
  }
  const { properties } = inputSchema
  if (!isJsonObject(properties)) return undefined
  const odd = Object.keys(properties).find((key) => !propertyName.test(key))
  return odd === undefined
    ? undefined
    : `its inputSchema has a property named ${JSON.stringify(odd.slice(0, 64))}${elsewhere}`
}

const elsewhere = ", which makes some clients drop every tool; it is listed at the backend's own endpoint only"
