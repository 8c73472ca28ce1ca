import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import * as Semaphore from "effect/Semaphore"
import { createHash, randomUUID } from "node:crypto"
import { mkdirSync } from "node:fs"
import { mkdir, rm } from "node:fs/promises"
import * as path from "node:path"
import { readRegularFile } from "../backend/RegularFile.ts"
import { replaceLargeFile, writeFailure } from "../backend/ReplaceFile.ts"
import type { BackendSpec } from "../domain/BackendSpec.ts"
import type { Catalog } from "../domain/Catalog.ts"
import { isJsonObject } from "../domain/Json.ts"
import type { JsonObject } from "../domain/Json.ts"
import { addNames, readNames, type OwnedNames } from "./NamesFile.ts"
import { statusDirectory } from "./StatusSweep.ts"

/** A file of the state directory could not be written; the gateway goes on without it. */
export class StateNotWritten extends Schema.TaggedError<StateNotWritten>()("StateNotWritten", {
  file: Schema.String,
  cause: Schema.Defect()
}) {
  override get message(): string {
    return `${this.file} could not be written: ${writeFailure(this.cause)}`
  }
}

const JsonObjectSchema = Schema.declare(isJsonObject)
const Offers = Schema.Array(Schema.Struct({ name: Schema.String, definition: JsonObjectSchema }))

const CatalogFile = Schema.Struct({
  fingerprint: Schema.String,
  catalog: Schema.Struct({
    tools: Offers,
    prompts: Offers,
    resources: Offers,
    templates: Offers,
    rejected: Schema.Array(
      Schema.Struct({
        kind: Schema.Literals(["tool", "prompt", "resource", "template"]),
        name: Schema.String,
        reason: Schema.String
      })
    ),
    capabilities: JsonObjectSchema,
    instructions: Schema.optional(Schema.String)
  })
})

const decodeCatalogFile = Schema.decodeUnknownOption(CatalogFile)

/** The largest catalog that is read, bytes. */
export const catalogFileBytes = 64 * 1024 * 1024

/**
 * What the gateway remembers between runs in its state directory: the last catalog of each backend, so that a start
 * can answer lists at once, and the owners of names. Files are replaced as a whole, mode 0600. A file that is missing,
 * is too large or makes no sense is as good as none.
 */
export interface StateFiles {
  readonly catalogOf: (spec: BackendSpec) => Catalog | undefined
  readonly names: () => ReadonlyMap<string, string>
  readonly saveCatalog: (spec: BackendSpec, catalog: Catalog) => Effect.Effect<void, StateNotWritten>
  /** Adds names to those on record, which keep their owners. */
  readonly saveNames: (names: OwnedNames) => Effect.Effect<void, StateNotWritten>
  /** How often the status is looked at, whether there is something new to write, milliseconds. */
  readonly statusMillis: number
  /** Not interruptible: whoever waits for its end knows that nothing is written any more. */
  readonly saveStatus: (instanceId: string, status: JsonObject) => Effect.Effect<void, StateNotWritten>
  readonly removeStatus: (instanceId: string) => Effect.Effect<void>
}

/** How often the status file is brought up to date while something changes. */
export const statusMillis = 1_000

export const openStateFiles = (directory: string): StateFiles => {
  const catalogFile = (name: string) => path.join(directory, "catalogs", catalogFileName(name))
  /** One catalog after the other, so that the one learned last is the one that stays. */
  const turns = Semaphore.makeUnsafe(1)
  const namesFile = path.join(directory, "names.json")
  const statusFile = (instanceId: string) => path.join(statusDirectory(directory), `${instanceId}.json`)
  return {
    catalogOf: (spec) => {
      const file = decodeCatalogFile(readCatalog(catalogFile(spec.name)))
      if (file._tag === "None" || file.value.fingerprint !== fingerprintOf(spec)) return undefined
      return { ...file.value.catalog, instructions: file.value.catalog.instructions }
    },
    names: () => readNames(namesFile),
    saveCatalog: (spec, catalog) =>
      save(catalogFile(spec.name), { fingerprint: fingerprintOf(spec), catalog }).pipe(
        Effect.uninterruptible,
        turns.withPermits(1)
      ),
    saveNames: (names) =>
      Effect.try({
        try: () => addNames(namesFile, names),
        catch: (cause) => new StateNotWritten({ file: namesFile, cause })
      }),
    statusMillis,
    saveStatus: (instanceId, status) => Effect.uninterruptible(save(statusFile(instanceId), status)),
    removeStatus: (instanceId) =>
      Effect.tryPromise(() => rm(statusFile(instanceId), { force: true })).pipe(
        Effect.catch((error) => Effect.logWarning(`${statusFile(instanceId)} could not be removed: ${error.message}`))
      )
  }
}

/**
 * Opens the memory of a gateway between its runs: files in its state directory, unless somebody brings another kind, as
 * the simulation does.
 */
export const StateStore: Context.Reference<(directory: string) => StateFiles> = Context.Reference(
  "sentinel/gateway/StateStore",
  { defaultValue: () => openStateFiles }
)

/** Makes the state directory, for this user alone. */
export const makeStateDirectory = (directory: string): Effect.Effect<void, StateNotWritten> =>
  Effect.try({
    try: () => void mkdirSync(directory, { recursive: true, mode: 0o700 }),
    catch: (cause) => new StateNotWritten({ file: directory, cause })
  })

/** Most characters of a backend's name that its file shows. */
const shownNameChars = 40

/** A backend's name may hold anything, also a path: what a file name can't be is replaced, and a hash tells names apart. */
const catalogFileName = (backend: string): string => {
  const shown = backend.slice(0, shownNameChars).replaceAll(/[^A-Za-z0-9_-]/g, "_")
  return `${shown}-${createHash("sha256").update(backend).digest("hex").slice(0, 16)}.json`
}

/**
 * A catalog belongs to how the backend was started: another command, argument or variable may offer something else.
 * Only the hash is stored, so that no secret is.
 */
const fingerprintOf = (spec: BackendSpec): string => {
  const { launch } = spec
  const salient =
    launch.type === "stdio"
      ? [launch.command, launch.args, launch.cwd ?? "", sorted(launch.env), launch.envPass]
      : [launch.url]
  return createHash("sha256")
    .update(JSON.stringify([launch.type, salient]))
    .digest("hex")
}

const sorted = (variables: Readonly<Record<string, string>>): ReadonlyArray<readonly [string, string]> =>
  Object.entries(variables).sort(([one], [other]) => (one < other ? -1 : 1))

const readCatalog = (file: string): unknown => {
  const read = readRegularFile(file, catalogFileBytes)
  try {
    return read._tag === "Text" ? JSON.parse(read.text) : undefined
  } catch {
    return undefined
  }
}

const save = (file: string, content: unknown): Effect.Effect<void, StateNotWritten> =>
  Effect.tryPromise({
    try: () => {
      const text = JSON.stringify(content)
      return mkdir(path.dirname(file), { recursive: true, mode: 0o700 }).then(() =>
        replaceLargeFile(file, text, `${file}.${randomUUID()}.tmp`)
      )
    },
    catch: (cause) => new StateNotWritten({ file, cause })
  })
