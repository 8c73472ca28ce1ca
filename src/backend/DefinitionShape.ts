import { isJsonObject } from "../domain/Json.ts"
import type { Json, JsonObject } from "../domain/Json.ts"

/** What a member has to be, in words, when it is not that; `undefined` when it is. */
type Check = (value: Json | undefined) => string | undefined
type Members = Readonly<Record<string, Check>>

const whether =
  (words: string, holds: (value: Json | undefined) => boolean): Check =>
  (value) =>
    holds(value) ? undefined : `is not ${words}`

const text = whether("a string", (value) => typeof value === "string")
const truth = whether("true or false", (value) => typeof value === "boolean")
const size = whether("a number", (value) => typeof value === "number")
const share = whether("a number from 0 to 1", (value) => typeof value === "number" && value >= 0 && value <= 1)
const object = whether("an object", isJsonObject)
const oneOf = (...words: ReadonlyArray<string>): Check =>
  whether(`one of ${words.join(", ")}`, (value) => typeof value === "string" && words.includes(value))

const listOf =
  (check: Check): Check =>
  (value) =>
    Array.isArray(value) ? problemOf(value.map((element) => check(element))) : "is not a list"

const problemOf = (problems: ReadonlyArray<string | undefined>): string | undefined => {
  const first = problems.findIndex((problem) => problem !== undefined)
  return first < 0 ? undefined : `has an entry ${first} that ${problems[first]}`
}

const shape =
  (members: Members, ...required: ReadonlyArray<string>): Check =>
  (value) => {
    if (!isJsonObject(value)) return "is not an object"
    const name = Object.keys(members).find((name) => wrong(value, name, members, required) !== undefined)
    return name === undefined ? undefined : `has a ${name} that ${wrong(value, name, members, required)}`
  }

const wrong = (value: JsonObject, name: string, members: Members, required: ReadonlyArray<string>) =>
  Object.hasOwn(value, name) || required.includes(name) ? members[name]?.(value[name]) : undefined

const dateTime = /^(\d{4}-\d{2}-\d{2})T([01]\d|2[0-3]):[0-5]\d(:[0-5]\d(\.\d+)?)?(Z|[+-]([01]\d|2[0-3]):[0-5]\d)$/

const moment = whether("a moment with its offset, as 2025-01-12T15:00:58Z", (value) => {
  const [, day] = typeof value === "string" ? (dateTime.exec(value) ?? []) : []
  const at = day === undefined ? Number.NaN : Date.parse(`${day}T00:00:00Z`)
  return !Number.isNaN(at) && new Date(at).toISOString().startsWith(`${day}T`)
})

const icon = shape({ src: text, mimeType: text, sizes: listOf(text), theme: oneOf("light", "dark") }, "src")
const common: Members = { title: text, description: text, icons: listOf(icon), _meta: object }
const annotations = shape({ audience: listOf(oneOf("user", "assistant")), priority: share, lastModified: moment })
const content: Members = { ...common, mimeType: text, annotations }

/** The optional members that MCP knows, with their types (schema 2025-11-25 and 2026-07-28). */
const optional = {
  tool: {
    ...common,
    annotations: shape({
      title: text,
      readOnlyHint: truth,
      destructiveHint: truth,
      idempotentHint: truth,
      openWorldHint: truth
    }),
    execution: shape({ taskSupport: oneOf("forbidden", "optional", "required") }),
    outputSchema: object
  },
  prompt: {
    ...common,
    arguments: listOf(shape({ name: text, title: text, description: text, required: truth }, "name"))
  },
  resource: { ...content, size },
  template: content
} satisfies Record<string, Members>

export type DefinitionKind = keyof typeof optional

/**
 * The definition without the optional members that are null, which some servers write for "none": strict clients
 * refuse the whole list for it.
 */
export const withoutNulls = (kind: DefinitionKind, definition: JsonObject): JsonObject => {
  const none = Object.keys(optional[kind]).filter((name) => definition[name] === null)
  if (none.length === 0) return definition
  return Object.fromEntries(Object.entries(definition).filter(([name]) => !none.includes(name)))
}

/**
 * Why a strict client would refuse the list that this definition is in: a member that MCP knows is not of its type.
 * Members that MCP does not know may be anything.
 */
export const shapeProblem = (kind: DefinitionKind, definition: JsonObject): string | undefined => {
  if (typeof definition["name"] !== "string") return "has no name"
  const problem = shape(optional[kind])(definition)
  return problem === undefined ? undefined : `it ${problem}`
}
