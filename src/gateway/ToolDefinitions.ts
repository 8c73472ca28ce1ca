import type { JsonObject } from "../domain/Json.ts"
import type { RouteTable } from "./RouteTable.ts"

/** The definitions of a table's tools by the name that clients use; gathered when first asked for. */
export class ToolDefinitions {
  readonly #table: RouteTable
  #byName: Map<string, JsonObject> | undefined

  constructor(table: RouteTable) {
    this.#table = table
  }

  get(name: string): JsonObject | undefined {
    this.#byName ??= new Map(this.#table.listed.tools.map(({ definition }) => [String(definition["name"]), definition]))
    return this.#byName.get(name)
  }
}
