import { isJsonObject } from "../domain/Json.ts"
import type { Json, JsonObject } from "../domain/Json.ts"

type Check = (value: Json | undefined) => boolean

const isSchema: Check = (value) => typeof value === "boolean" || isJsonObject(value)
const isText: Check = (value) => typeof value === "string"
const isNumber: Check = (value) => typeof value === "number"
const isTruth: Check = (value) => typeof value === "boolean"
const isPattern: Check = (value) => {
  if (typeof value !== "string") return false
  try {
    return new RegExp(value, "u") instanceof RegExp
  } catch {
    return false
  }
}
const listOf =
  (check: Check): Check =>
  (value) =>
    Array.isArray(value) && value.every((element) => check(element))
const mapOf =
  (check: Check): Check =>
  (value) =>
    isJsonObject(value) && Object.values(value).every((member) => check(member))
const either =
  (...checks: ReadonlyArray<Check>): Check =>
  (value) =>
    checks.some((check) => check(value))

const typeNames = new Set<Json>(["array", "boolean", "integer", "null", "number", "object", "string"])
const isType: Check = (value) => value !== undefined && typeNames.has(value)
const never: Check = () => false

const each = (names: string, check: Check): ReadonlyArray<readonly [string, Check]> =>
  names.split(" ").map((name) => [name, check])

/** The keywords that compilers of JSON Schema read, up to draft 2020-12, with what they have to be. */
const keywords: ReadonlyMap<string, Check> = new Map([
  ...each("additionalItems additionalProperties contains else if not propertyNames then", isSchema),
  ...each("unevaluatedItems unevaluatedProperties contentSchema", isSchema),
  ...each("allOf anyOf oneOf prefixItems", listOf(isSchema)),
  ...each("$defs definitions properties dependentSchemas", mapOf(isSchema)),
  ...each("dependencies", mapOf(either(isSchema, listOf(isText)))),
  ...each("dependentRequired", mapOf(listOf(isText))),
  ...each("items", either(isSchema, listOf(isSchema))),
  ...each("type", either(isType, listOf(isType))),
  ...each("required", listOf(isText)),
  ...each("enum", (value) => Array.isArray(value) && value.length > 0),
  ...each("pattern", isPattern),
  ...each("patternProperties", (value) => mapOf(isSchema)(value) && Object.keys(Object(value)).every(isPattern)),
  ...each("format", (value) => typeof value === "string" && !(value in {})),
  ...each("$ref $schema", isText),
  ...each("maximum minimum exclusiveMaximum exclusiveMinimum multipleOf maxLength minLength", isNumber),
  ...each("maxItems minItems maxProperties minProperties maxContains minContains", isNumber),
  ...each("uniqueItems nullable", isTruth),
  // Names and anchors of its own, and what only some compilers know: too much can go wrong.
  ...each("id $anchor $dynamicAnchor $dynamicRef $recursiveRef $async", never),
  ...each("formatMaximum formatMinimum formatExclusiveMaximum formatExclusiveMinimum", never)
])

/** Keywords whose values are schemas, or lists or maps of them. */
const nests = new Set(
  [...keywords].flatMap(([name, check]) => (check({}) && name !== "dependentRequired" ? [name] : []))
)
for (const name of ["allOf", "anyOf", "oneOf", "prefixItems"]) nests.add(name)

/**
 * Whether every client of the stateful era can take an `outputSchema`. Up to 2025-11-25 it has to be for an object, and
 * the official SDK compiles each schema of a list when it gets the list: one that does not compile takes all tools of
 * all backends away. From 2026-07-28 on any schema is allowed.
 */
export const isStatefulOutputSchema = (schema: Json | undefined): boolean => {
  if (!isJsonObject(schema) || schema["type"] !== "object") return false
  const { properties = {}, required = [] } = schema
  if (!mapOf(isJsonObject)(properties) || !listOf(isText)(required)) return false
  if (namesParts(schema)) return false
  const seen = new Set<Json>()
  const rest: Array<Json | undefined> = [schema]
  for (let next = rest.pop(); next !== undefined; next = rest.pop()) {
    if (Array.isArray(next)) rest.push(...next)
    if (!isJsonObject(next) || seen.has(next)) continue
    seen.add(next)
    const found = subschemas(next, schema)
    if (found === undefined) return false
    rest.push(...found)
  }
  return true
}

/** What a schema is made of, `undefined` if it can't be compiled. */
const subschemas = (schema: JsonObject, root: JsonObject): ReadonlyArray<Json> | undefined => {
  if ("$id" in schema || ("nullable" in schema && !("type" in schema && schema["nullable"] === true))) return undefined
  const found: Array<Json> = []
  for (const [name, value] of Object.entries(schema)) {
    if (keywords.get(name)?.(value) === false) return undefined
    if (!nests.has(name)) continue
    const isMap = isJsonObject(value) && keywords.get(name)?.({ any: 0 }) === false
    found.push(...(isMap ? Object.values(value) : [value]).filter((member) => member !== undefined))
  }
  if (typeof schema["$ref"] !== "string") return found
  const seen = new Set<Json>()
  for (let at: Json | undefined = schema; isJsonObject(at);) {
    const reference: Json | undefined = at["$ref"]
    if (typeof reference !== "string") return found
    if (seen.has(at)) return undefined
    seen.add(at)
    at = targetOf(reference, root)
    if (at === undefined) return undefined
    found.push(at)
  }
  return found
}

/** Whether any part has a name of its own: compilers look for them in whatever looks like a schema. */
const namesParts = (schema: JsonObject): boolean => {
  const rest: Array<Json | undefined> = [schema]
  for (let next = rest.pop(); next !== undefined; next = rest.pop()) {
    if (typeof next !== "object" || next === null) continue
    if (isJsonObject(next) && ["$id", "$anchor", "$dynamicAnchor"].some((name) => isText(next[name]))) return true
    for (const member of Object.values(next)) rest.push(member)
  }
  return false
}

/** The schema that a reference within the document leads to. */
const targetOf = (reference: string, root: JsonObject): Json | undefined => {
  if (reference === "#") return root
  if (!/^#(?:\/[\w$.-]+)+$/.test(reference)) return undefined
  let at: Json | undefined = root
  for (const part of reference.slice(2).split("/")) {
    if (Array.isArray(at)) at = at[Number(part)]
    else at = isJsonObject(at) && Object.hasOwn(at, part) ? at[part] : undefined
  }
  return isSchema(at) ? at : undefined
}
