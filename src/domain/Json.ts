/** A JSON value as `JSON.parse` gives it. */
export type Json = null | boolean | number | string | ReadonlyArray<Json> | JsonObject

/** A JSON object as `JSON.parse` gives it; unknown members are kept and passed on. */
export interface JsonObject {
  readonly [key: string]: Json | undefined
}

/** Whether a value is a JSON object: not null, not an array. */
export const isJsonObject = (value: unknown): value is JsonObject =>
  typeof value === "object" && value !== null && !Array.isArray(value)
