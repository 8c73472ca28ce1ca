import type * as Result from "effect/Result"
import type { Decoded } from "./Configuration.ts"
import { decode } from "./Decode.ts"
import type { Environment } from "./Document.ts"
import type { Problem } from "./Problem.ts"

/** What messages name in place of a file. */
export const embeddedName = "(embedded defaults)"

/** The same as config/sentinel.toml, word for word (a test compares them): a bundle has no files beside it. */
export const embeddedText = `# Sentinel Gateway: works as it is, right after \`npm ci\`. Every key: docs/CONFIGURATION.md
#
# Four MCP servers that are installed with the gateway. Add your own as further [[backends]] sections.

[gateway]
log_level = "info"

[[backends]]
name = "everything"
command = "mcp-server-everything"
# One process for each client session: only then can the server ask the client (sampling, elicitation, roots).
isolation = "session"

[[backends]]
name = "filesystem"
command = "mcp-server-filesystem"
# The directories that it may read and write. /tmp exists everywhere; put the one you want to share in its place.
args = ["/tmp"]

[[backends]]
name = "memory"
command = "mcp-server-memory"
env = { MEMORY_FILE_PATH = "{state_dir}/memory.json" }

[[backends]]
name = "sequential-thinking"
command = "mcp-server-sequential-thinking"
`

/** The configuration that is used when there is no file: four backends, no secrets. */
export const defaults = (environment: Environment): Result.Result<Decoded, ReadonlyArray<Problem>> =>
  decode(embeddedText, embeddedName, environment)
