import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { parseObject, textIn } from "../fixtures/envelope.ts"
import { gatewayConfig, startGateway } from "../fixtures/gateway.ts"
import { latestLegacyVersion } from "../fixtures/legacyClient.ts"
import { runVariable } from "../fixtures/leftovers.ts"
import { runDirectory } from "../fixtures/runDirectory.ts"
import { backendFor, secretVariable } from "./client/backend.ts"
import { converse } from "./client/conversation.ts"
import { driveFor } from "./client/drives.ts"
import { login } from "./client/login.ts"
import { notUsed, used } from "./client/verdict.ts"
import { awaitTurn } from "./turns.ts"

// The suite's `--command`: puts a gateway before the server whose URL is the last argument, and uses that server through
// it as the scenario wants. What is tested is the gateway as a client; the client before it only makes it act.

/** A person logs in again when the first token does not do; not forever. */
const logins = 2

const scenario = process.env["MCP_CONFORMANCE_SCENARIO"] ?? ""
const revision = process.env["MCP_CONFORMANCE_PROTOCOL_VERSION"] ?? latestLegacyVersion
const context = parseObject(process.env["MCP_CONFORMANCE_CONTEXT"] ?? "{}") ?? {}
const backend = backendFor(scenario, process.argv.at(-1) ?? "", context)
const needsPerson = scenario.startsWith("auth/") && !scenario.startsWith("auth/client-credentials")

await awaitTurn()
mkdirSync(runDirectory(), { recursive: true })
const directory = mkdtempSync(join(runDirectory(), "h-"))
const env = { [secretVariable]: textIn(context, "client_secret", "none") }

const attempt = async (): Promise<boolean> => {
  if (needsPerson) await login({ directory, env: { ...process.env, ...env } })
  await using gateway = startGateway({ backends: [backend], directory, env })
  const worked = await driveFor(scenario)(await converse(gateway.client, revision), context)
  process.stderr.write(`${worked ? "" : gateway.client.dump()}\n${gateway.client.stderr}\n`)
  return worked
}

try {
  // The first login needs the file that the gateway's start would write.
  writeFileSync(join(directory, "sentinel.toml"), gatewayConfig({ backends: [backend] }), { mode: 0o600 })
  let worked = false
  for (let round = 0; round < (needsPerson ? logins : 1) && !worked; round++) worked = await attempt()
  process.stdout.write(worked ? used : notUsed)
} finally {
  // By itself, without a run around it, it has that directory for itself too.
  const alone = process.env[runVariable] === undefined
  rmSync(alone ? runDirectory() : directory, { recursive: true, force: true })
}
