/** What mcp-hub finds in its state directory, so that it asks no catalog on the internet when it starts. */
import { mkdirSync, writeFileSync } from "node:fs"
import { join } from "node:path"

export const seedHub = (stateDir: string) => {
  const folder = join(stateDir, "mcp-hub/cache")
  mkdirSync(folder, { recursive: true })
  const registry = { version: "1", generatedAt: 0, totalServers: 1, servers: [{ id: "none", name: "none" }] }
  const cache = { registry, lastFetchedAt: Date.now(), serverDocumentation: {} }
  writeFileSync(join(folder, "registry.json"), JSON.stringify(cache))
}
