import * as Effect from "effect/Effect"
import type { Catalog } from "../domain/Catalog.ts"
import type { StateFiles } from "../gateway/StateFiles.ts"
import { StateNotWritten } from "../gateway/StateFiles.ts"

/** The state directory of a simulated machine: it outlives the gateway, and may be full. */
export class MemoryFiles implements StateFiles {
  readonly #catalogs = new Map<string, Catalog>()
  #names: ReadonlyMap<string, string> = new Map()
  /** Nothing more can be written. */
  isFull = false
  /** How often the status was written. */
  statuses = 0

  readonly catalogOf: StateFiles["catalogOf"] = ({ name }) => this.#catalogs.get(name)

  readonly names: StateFiles["names"] = () => this.#names

  readonly saveCatalog: StateFiles["saveCatalog"] = ({ name }, catalog) =>
    this.#write("catalog", () => void this.#catalogs.set(name, catalog))

  readonly saveNames: StateFiles["saveNames"] = (names) =>
    this.#write("names", () => {
      this.#names = new Map([...Object.entries(names), ...this.#names])
    })

  /** Rarely: nobody reads it, and an idle minute would consist of little else. */
  readonly statusMillis = 60_000

  readonly saveStatus: StateFiles["saveStatus"] = () => this.#write("status", () => void this.statuses++)

  readonly removeStatus: StateFiles["removeStatus"] = () => Effect.void

  #write(file: string, write: () => void): Effect.Effect<void, StateNotWritten> {
    return Effect.suspend(() => {
      if (this.isFull) return Effect.fail(new StateNotWritten({ file, cause: new Error("no space left on device") }))
      return Effect.sync(write)
    })
  }
}
