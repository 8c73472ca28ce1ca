import type * as SchemaAST from "effect/SchemaAST"
import type * as SchemaIssue from "effect/SchemaIssue"
import { ConfigFile, sections } from "./ConfigSchema.ts"
import { describe, isTable, quote } from "./Found.ts"
import type { KeyHelp } from "./Keys.ts"
import { type KeyPath, lastName, renderPath } from "./KeyPath.ts"
import { nearest } from "./Nearest.ts"
import type { Complaint } from "./Problem.ts"

/** Turns what the schema found wrong into complaints, one for each key, in words for the person who wrote the file. */
export const complaintsOf = (issue: SchemaIssue.Issue, tree: unknown): ReadonlyArray<Complaint> =>
  collect(issue, [], undefined, tree)

const collect = (
  issue: SchemaIssue.Issue,
  path: KeyPath,
  help: KeyHelp | undefined,
  tree: unknown
): ReadonlyArray<Complaint> => {
  switch (issue._tag) {
    case "Pointer": {
      const parts = issue.path.map((part) => (typeof part === "number" ? part : String(part)))
      return collect(issue.issue, [...path, ...parts], undefined, tree)
    }
    case "Composite":
      return issue.issues.flatMap((inner) => collect(inner, path, issue.ast.annotations?.key ?? help, tree))
    case "Filter":
      return [invalid(path, issue.filter.annotations?.key ?? help, tree)]
    case "MissingKey":
      return [missing(path, issue.annotations?.key)]
    case "UnexpectedKey":
      return [unknown(path, issue.ast, tree)]
    case "InvalidType":
    case "AnyOf":
      return [invalid(path, issue.ast.annotations?.key ?? help, tree)]
    case "Encoding":
      return collect(issue.issue, path, help, tree)
    case "InvalidValue":
    case "Forbidden":
    case "OneOf":
      return [invalid(path, help, tree)]
  }
}

/** The value of a path in the parsed file. */
const valueAt = (tree: unknown, path: KeyPath): unknown =>
  path.reduce<unknown>((value, part) => {
    if (Array.isArray(value)) return typeof part === "number" ? value[part] : undefined
    return isTable(value) ? value[part] : undefined
  }, tree)

const invalid = (path: KeyPath, help: KeyHelp | undefined, tree: unknown): Complaint => {
  const value = valueAt(tree, path)
  return {
    path,
    found: describe(value, path),
    allowed: help?.allowed ?? "another type of value",
    advice: repair(path, help, value)
  }
}

/** What to write instead, as exactly as it can be said. */
const repair = (path: KeyPath, help: KeyHelp | undefined, value: unknown): string => {
  const name = lastName(path)
  const type = help?.type ?? ""
  const isEntry = typeof path.at(-1) === "number"
  if (typeof value === "string") {
    if (type === "integer" && /^[0-9]+$/.test(value)) return `remove the quotes: ${name} = ${value}`
    if (type === "boolean" && /^(?:true|false)$/i.test(value))
      return `remove the quotes: ${name} = ${value.toLowerCase()}`
    const guess = help?.choices === undefined ? undefined : nearest(value, help.choices)
    if (guess !== undefined) return `did you mean ${name} = "${guess}"?`
    if (type === "list of texts") return `put texts in brackets, each with its own quotes: ${name} = ["one", "two"]`
  }
  if (type.startsWith("text") && (typeof value === "number" || typeof value === "boolean"))
    return isEntry ? "put the value in quotes" : `put the value in quotes: ${name} = "${value}"`
  if (type === "table" && Array.isArray(value) && value.some(isTable))
    return `write [${name}] with one pair of brackets`
  if (type === "list of tables" && isTable(value)) return `write [[${name}]] with two pairs of brackets`
  if (type === "integer" && typeof value === "number" && !Number.isInteger(value)) return "write it without a fraction"
  if (type === "text or reference" && isTable(value)) {
    return Object.keys(value).join() === "env"
      ? "after env, write the name of a variable: letters, digits and _"
      : "write exactly one of the two keys, env or file"
  }
  const fallback = help?.fallback ?? ""
  const isValue = /^(?:"[^"]*"|[0-9]+|true|false|\[\]|\{\})$/.test(fallback)
  return isValue ? `change it, or remove the key for the default, ${fallback}` : "change the value"
}

const missing = (path: KeyPath, help: KeyHelp | undefined): Complaint => ({
  path,
  found: "nothing",
  allowed: help?.allowed ?? "a value",
  advice: `add the line ${lastName(path)} = "..." to this section`
})

const knownKeys = (ast: SchemaAST.AST): ReadonlyArray<string> =>
  ast._tag === "Objects" ? ast.propertySignatures.map((property) => String(property.name)) : []

const longList = 12

const unknown = (path: KeyPath, ast: SchemaAST.AST | undefined, tree: unknown): Complaint => {
  const name = lastName(path)
  const known = path.length === 1 ? Object.keys(ConfigFile.fields) : ast === undefined ? [] : knownKeys(ast)
  const header = ast?.annotations?.key?.header
  const scope = path.length === 1 ? "the sections" : header === undefined ? "the keys" : `the keys of ${header}:`
  const isSection = path.length === 1 && typeof valueAt(tree, path) === "object"
  return {
    path,
    found: `the unknown ${isSection ? "section" : "key"} ${quote(name)}`,
    allowed:
      known.length > longList
        ? `${scope} the ${known.length} that docs/CONFIGURATION.md lists`
        : `${scope} ${known.join(", ")}`,
    advice: suggestion(name, known, path)
  }
}

const suggestion = (name: string, known: ReadonlyArray<string>, path: KeyPath): string => {
  const guess = nearest(name, known)
  if (guess !== undefined) return `did you mean ${guess}?`
  const home = Object.entries(sections).find(([, section]) => Object.hasOwn(section.fields, name))
  if (home !== undefined) return `${name} belongs in a ${home[0]} section: move the line there`
  const where = path.length === 1 ? "the file" : renderPath(path.slice(0, -1))
  return `remove it from ${where}, or see docs/CONFIGURATION.md for the key that was meant`
}
