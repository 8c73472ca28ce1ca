import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { createHash, randomUUID } from "node:crypto"
import { mkdirSync, readFileSync } from "node:fs"
import { mkdir, rename, rm, writeFile } from "node:fs/promises"
import * as path from "node:path"
import type { BackendSpec } from "../domain/BackendSpec.ts"
import type { Catalog } from "../domain/Catalog.ts"
import { isJsonObject } from "../domain/Json.ts"
import type { JsonObject } from "../domain/Json.ts"

/** A file of the state directory could not be written; the gateway goes on without it. */
export class StateNotWritten extends Schema.TaggedError<StateNotWritten>()("StateNotWritten", {
  file: Schema.String,
  cause: Schema.Defect()
}) {
  override get message(): string {
    return `${this.file} could not be written: ${String(this.cause)}`
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
const decodeNames = Schema.decodeUnknownOption(Schema.Record(Schema.String, Schema.String))

/**
 * What the gateway remembers between runs in its state directory: the last catalog of each backend, so that a start
 * can answer lists at once, and the owners of names. Files are replaced as a whole, mode 0600. A file that is missing
 * or makes no sense is as good as none: all of it can be learned again.
 */
export interface StateFiles {
  readonly catalogOf: (spec: BackendSpec) => Catalog | undefined
  readonly names: () => ReadonlyMap<string, string>
  readonly saveCatalog: (spec: BackendSpec, catalog: Catalog) => Effect.Effect<void, StateNotWritten>
  readonly saveNames: (names: Readonly<Record<string, string>>) => Effect.Effect<void, StateNotWritten>
  readonly saveStatus: (instanceId: string, status: JsonObject) => Effect.Effect<void, StateNotWritten>
  readonly removeStatus: (instanceId: string) => Effect.Effect<void>
}

export const statusDirectory = (stateDirectory: string): string => path.join(stateDirectory, "status")

export const openStateFiles = (directory: string): StateFiles => {
  const catalogFile = (name: string) => path.join(directory, "catalogs", `${name}.json`)
  const namesFile = path.join(directory, "names.json")
  const statusFile = (instanceId: string) => path.join(statusDirectory(directory), `${instanceId}.json`)
  return {
    catalogOf: (spec) => {
      const file = decodeCatalogFile(readJson(catalogFile(spec.name)))
      if (file._tag === "None" || file.value.fingerprint !== fingerprintOf(spec)) return undefined
      return { ...file.value.catalog, instructions: file.value.catalog.instructions }
    },
    names: () => {
      const names = decodeNames(readJson(namesFile))
      return new Map(names._tag === "None" ? [] : Object.entries(names.value))
    },
    saveCatalog: (spec, catalog) => replaceFile(catalogFile(spec.name), { fingerprint: fingerprintOf(spec), catalog }),
    saveNames: (names) => replaceFile(namesFile, names),
    saveStatus: (instanceId, status) => replaceFile(statusFile(instanceId), status),
    removeStatus: (instanceId) =>
      Effect.promise(() => rm(statusFile(instanceId), { force: true }).catch(() => undefined))
  }
}

/** Makes the state directory, for this user alone. */
export const makeStateDirectory = (directory: string): Effect.Effect<void, StateNotWritten> =>
  Effect.try({
    try: () => void mkdirSync(directory, { recursive: true, mode: 0o700 }),
    catch: (cause) => new StateNotWritten({ file: directory, cause })
  })

/** A catalog belongs to how the backend was started: another command or argument may offer something else. */
const fingerprintOf = (spec: BackendSpec): string => {
  const { launch } = spec
  const salient = launch.type === "stdio" ? [launch.command, launch.args, launch.cwd ?? ""] : [launch.url]
  return createHash("sha256")
    .update(JSON.stringify([launch.type, salient]))
    .digest("hex")
}

const readJson = (file: string): unknown => {
  try {
    return JSON.parse(readFileSync(file, "utf8"))
  } catch {
    return undefined
  }
}

const replaceFile = (file: string, content: unknown): Effect.Effect<void, StateNotWritten> =>
  Effect.tryPromise({
    try: () => write(file, JSON.stringify(content)),
    catch: (cause) => new StateNotWritten({ file, cause })
  })

const write = (file: string, text: string): Promise<void> => {
  const draft = `${file}.${randomUUID()}.tmp`
  return mkdir(path.dirname(file), { recursive: true, mode: 0o700 })
    .then(() => writeFile(draft, text, { mode: 0o600 }))
    .then(() => rename(draft, file))
}
