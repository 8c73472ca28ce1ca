import * as Effect from "effect/Effect"
import { mkdirSync, mkdtempSync } from "node:fs"
import { join } from "node:path"
import { emptyCatalog, type Catalog } from "../../src/domain/Catalog.ts"
import { openStateFiles } from "../../src/gateway/StateFiles.ts"
import { runDirectory } from "../fixtures/runDirectory.ts"
import type { MemoryBackend } from "./memoryBackend.ts"
import { toolNamed } from "./memoryServer.ts"

/** A state directory that no gateway used before. */
export const freshDirectory = (): string => {
  mkdirSync(runDirectory(), { recursive: true })
  return mkdtempSync(join(runDirectory(), "tree-"))
}

/** What a gateway knows of a backend once it has listed it. */
export const catalogOf = ({ offers }: MemoryBackend): Catalog => ({
  ...emptyCatalog,
  tools: offers.tools.map((tool) => {
    const definition = typeof tool === "string" ? toolNamed(tool) : tool
    return { name: String(definition["name"]), definition }
  }),
  resources: offers.resources.map((uri) => ({ name: uri, definition: { uri, name: uri } }))
})

/** A state directory as an earlier run left it that had listed these backends; `names` are owners of public names. */
export const remembered = Effect.fnUntraced(function* (
  backends: ReadonlyArray<MemoryBackend>,
  names: Readonly<Record<string, string>> = {}
) {
  const directory = freshDirectory()
  const files = openStateFiles(directory)
  for (const backend of backends) yield* files.saveCatalog(backend.spec, catalogOf(backend))
  yield* files.saveNames(names)
  return directory
}, Effect.orDie)
