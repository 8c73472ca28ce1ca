import * as Effect from "effect/Effect"
import type { BackendSpec } from "../domain/BackendSpec.ts"
import type { Catalog } from "../domain/Catalog.ts"
import { oncePerOutage } from "../kernel/Outage.ts"
import type { OwnedNames } from "./NamesFile.ts"
import type { StateFiles, StateNotWritten } from "./StateFiles.ts"

/** After a write that the disk refused, milliseconds until it is tried again. */
export const saveAgainMillis = 2_000

/** The same where a person has to do something about the file: to read a large one only to refuse it costs time. */
export const saveWrongMillis = 60_000

type Save = Effect.Effect<void, StateNotWritten>

/**
 * Writes what is to be remembered, and makes good later what could not be written: on a disk that was full for an hour
 * the gateway does not know less afterwards. One attempt a file at a time, of what is newest. That a file can't be
 * written is said once, and once that it is.
 */
export class StateSaves {
  readonly #files: StateFiles
  /** What is being written, or is still to be, by file. At most one for each backend, and the names. */
  readonly #newest = new Map<string, Save>()
  /** No more than there are owners of names. */
  #names: OwnedNames = {}

  constructor(files: StateFiles) {
    this.#files = files
  }

  /** Ends when it is written, or when an earlier attempt has taken it over. */
  catalog(spec: BackendSpec, catalog: Catalog): Effect.Effect<void> {
    return this.#save(`catalog of ${spec.name}`, this.#files.saveCatalog(spec, catalog))
  }

  /** The same for names, which are added to those that could not be written so far. */
  names(names: OwnedNames): Effect.Effect<void> {
    return Effect.suspend(() => {
      const all = { ...names, ...this.#names }
      this.#names = all
      const written = () => {
        if (this.#names === all) this.#names = {}
      }
      return this.#save("names", Effect.andThen(this.#files.saveNames(all), Effect.sync(written)))
    })
  }

  #save(file: string, save: Save): Effect.Effect<void> {
    return Effect.suspend(() => {
      const isTaken = this.#newest.has(file)
      this.#newest.set(file, save)
      return isTaken ? Effect.void : this.#untilWritten(file)
    })
  }

  #untilWritten(file: string): Effect.Effect<void> {
    const { complain, rejoice } = oncePerOutage(`the ${file} is on record again`)
    return Effect.gen({ self: this }, function* () {
      for (let save = this.#newest.get(file); save !== undefined; save = this.#newest.get(file)) {
        const failure = yield* Effect.match(save, { onSuccess: () => undefined, onFailure: (error) => error })
        if (failure !== undefined) {
          const pause = isOfDisk(failure.cause) ? saveAgainMillis : saveWrongMillis
          yield* complain(`${failure.message}. It is tried again every ${pause / 1_000} s; calls go on without it`)
          yield* Effect.sleep(pause)
        } else if (this.#newest.get(file) === save) {
          this.#newest.delete(file)
        }
      }
      yield* rejoice
    })
  }
}

/** Whether the operating system refused, which may be over at any time. */
const isOfDisk = (cause: unknown): boolean => cause instanceof Error && "code" in cause
