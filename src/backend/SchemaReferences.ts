import type { JsonObject } from "../domain/Json.ts"

/** Leads to a host or a file by itself, as a URL parser reads it: a scheme, or two slashes of either kind. */
const absolute = /^(?:[a-z][a-z0-9+.-]*:|[\\/]{2})/i
/** What URL parsers take away before they read. */
const skipped = /^[\s\p{Cc}]+|[\t\n\r]/gu
const dialects = /^https?:\/\/json-schema\.org\//i

/**
 * References of a JSON Schema that would make a client fetch something when it compiles the schema. Each object of a
 * definition is shown to it once. A reference without a host is harmless unless a base (`$id`) gives it one.
 */
export class SchemaReferences {
  #base: string | undefined
  #relative: string | undefined

  /** What an object refers to that is outside of the definition. */
  foreignIn(object: JsonObject): string | undefined {
    for (const keyword of ["$ref", "$dynamicRef", "$recursiveRef"]) {
      const target = plain(object[keyword])
      if (target === undefined) continue
      if (absolute.test(target)) return target
      if (!target.startsWith("#")) this.#relative = target
    }
    const base = plain(object["$id"])
    if (base !== undefined && absolute.test(base)) this.#base = base
    return this.#base === undefined || this.#relative === undefined ? undefined : `${this.#relative} of ${this.#base}`
  }
}

/** A dialect of JSON Schema that a client would have to fetch: any but the published ones. */
export const foreignDialect = (schema: JsonObject): string | undefined => {
  const dialect = plain(schema["$schema"])
  return dialect !== undefined && absolute.test(dialect) && !dialects.test(dialect) ? dialect : undefined
}

const plain = (value: unknown): string | undefined =>
  typeof value === "string" ? value.replaceAll(skipped, "") : undefined
