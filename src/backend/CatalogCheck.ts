import { isJsonObject } from "../domain/Json.ts"
import type { Json, JsonObject } from "../domain/Json.ts"

/** Deepest nesting of a tool definition. */
export const definitionDepth = 64
/** Most JSON values in a tool definition; a schema beyond this costs every client more than it says. */
export const definitionNodes = 20_000
/** Longest own name of a tool. */
export const ownNameLength = 256

/** Property names that models' APIs accept; one other name in one tool makes some clients drop the whole server. */
const propertyName = /^[A-Za-z0-9_.-]{1,64}$/

/**
 * Characters nobody can see: tag characters, bidirectional overrides, zero-width space and joiners of words. They
 * carry instructions to a model past the person who approves the tool. (ZWJ and ZWNJ stay: scripts and emoji need
 * them.)
 */
const hidden = /[\u{E0000}-\u{E007F}\u202A-\u202E\u2066-\u2069\u200B\u2060-\u2064\uFEFF]/gu

/**
 * Why a tool can't be passed on, or `undefined` when it can. Checked tool by tool: one bad tool must not take its
 * neighbours with it (protocol notes, "What gateways get wrong").
 */
export const toolProblem = (definition: JsonObject): string | undefined => {
  const name = definition["name"]
  if (typeof name !== "string" || name.length === 0) return "has no name"
  if (name.length > ownNameLength) return `its name is longer than ${ownNameLength} characters`
  const problem = definitionProblem(definition)
  if (problem !== undefined) return problem
  return inputSchemaProblem(definition["inputSchema"])
}

const inputSchemaProblem = (schema: Json | undefined): string | undefined => {
  if (!isJsonObject(schema)) return "its inputSchema is not an object"
  if (schema["type"] !== "object") return `its inputSchema's type is ${JSON.stringify(schema["type"])}, not "object"`
  for (const keyword of ["oneOf", "anyOf", "allOf"]) {
    if (keyword in schema) return `its inputSchema has "${keyword}" at the top level`
  }
  const properties = schema["properties"]
  if (properties === undefined) return undefined
  if (!isJsonObject(properties)) return "its inputSchema's properties is not an object"
  const odd = Object.keys(properties).find((key) => !propertyName.test(key))
  return odd === undefined ? undefined : `its inputSchema has a property named ${JSON.stringify(odd)}`
}

/** A backend's words about itself, with nothing in them that can't be seen. */
export const visible = (words: string): string => words.replaceAll(hidden, "")

/**
 * Why a definition of any kind (tool, prompt, resource, template) can't be passed on. Bounds on the whole of it, found
 * without recursion so that no depth can exhaust the stack.
 */
export const definitionProblem = (definition: JsonObject): string | undefined => {
  let nodes = 0
  const rest: Array<{ readonly value: Json | undefined; readonly depth: number }> = [{ value: definition, depth: 0 }]
  for (let next = rest.pop(); next !== undefined; next = rest.pop()) {
    if (++nodes > definitionNodes) return `its definition has more than ${definitionNodes} values`
    if (next.depth > definitionDepth) return `its definition is nested deeper than ${definitionDepth}`
    const { value, depth } = next
    if (typeof value === "string" && value.search(hidden) >= 0) return "it contains invisible characters"
    if (typeof value !== "object" || value === null) continue
    if (isJsonObject(value)) {
      const ref = value["$ref"]
      if (typeof ref === "string" && /^[a-z][a-z0-9+.-]*:/i.test(ref)) return `its schema refers to ${ref.slice(0, 80)}`
      for (const key of Object.keys(value)) {
        if (key.search(hidden) >= 0) return "it contains invisible characters"
        rest.push({ value: value[key], depth: depth + 1 })
      }
    } else {
      for (const member of value) rest.push({ value: member, depth: depth + 1 })
    }
  }
  return undefined
}
