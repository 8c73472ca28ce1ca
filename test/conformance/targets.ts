import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { gatewayConfig, type BackendTable } from "../fixtures/gateway.ts"
import { runDirectory } from "../fixtures/runDirectory.ts"
import { parseObject } from "../fixtures/envelope.ts"
import { startProgram, type Program } from "./program.ts"
import { changesVariable } from "./server/changes.ts"
import { root } from "./suite.ts"

const server = join(root, "test/conformance/server.ts")
const launcher = join(root, "src/sentinel.sh")

/** The server under test itself; its address is its URL. */
export const startServer = (): Promise<Program> =>
  startProgram({
    command: process.execPath,
    args: [server],
    address: (written) => {
      const url = parseObject(written.trim())?.["url"]
      return typeof url === "string" ? url : undefined
    }
  })

/** The name of the backend; its own endpoint keeps its own names, which the suite insists on. */
const backendName = "conformance"

/** A backend reached by HTTP. Each client has a connection of its own, or a stateful server could ask nobody. */
export const httpBackend = (url: string): BackendTable => ({
  name: backendName,
  type: "http",
  url,
  isolation: "session"
})

/** The same server as processes of the gateway, one for each client. */
export const stdioBackend = (): BackendTable => {
  mkdirSync(runDirectory(), { recursive: true })
  const shared = join(mkdtempSync(join(runDirectory(), "c-")), "changes.json")
  writeFileSync(shared, "")
  return {
    name: backendName,
    type: "stdio",
    command: process.execPath,
    args: [server, "--stdio"],
    env: { [changesVariable]: shared },
    isolation: "session"
  }
}

/** `sentinel serve` before a backend; its address is the URL of that backend's own endpoint. */
export const startGateway = async (backend: BackendTable): Promise<Program> => {
  mkdirSync(runDirectory(), { recursive: true })
  const directory = mkdtempSync(join(runDirectory(), "s-"))
  const config = join(directory, "sentinel.toml")
  const extra = '[gateway]\nlisten = "127.0.0.1:0"'
  writeFileSync(config, gatewayConfig({ backends: [backend], extra }), { mode: 0o600 })
  const program = await startProgram({
    command: "sh",
    args: [launcher, "serve", "--config", config],
    env: { SENTINEL_STATE_DIR: join(directory, "state") },
    address: (written) => {
      const [origin] = /http:\/\/127\.0\.0\.1:\d+/.exec(written) ?? []
      return origin === undefined ? undefined : `${origin}/servers/${backendName}/mcp`
    }
  })
  const end = async (): Promise<void> => {
    await program[Symbol.asyncDispose]()
    rmSync(directory, { recursive: true, force: true })
  }
  return { address: program.address, [Symbol.asyncDispose]: end }
}
