import { spawn } from "node:child_process"
import { mkdirSync, mkdtempSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import type { JsonObject } from "../../src/domain/Json.ts"
import { parseObject } from "../fixtures/envelope.ts"
import type { StdioClient } from "../fixtures/client.ts"
import { gatewayConfig, type GatewayOptions } from "../fixtures/gateway.ts"
import { runDirectory } from "../fixtures/runDirectory.ts"

export const root = fileURLToPath(new URL("../..", import.meta.url))
export const launcher = join(root, "src", "sentinel.sh")

/** What a command did. */
export interface Ran {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
  /** Stdout as one JSON object. */
  readonly json: () => JsonObject
}

/** A directory of its own for the state and the configuration of one test; removed at the end of the run. */
export class Place {
  readonly directory: string
  readonly stateDir: string
  readonly environment: Readonly<Record<string, string | undefined>>

  constructor() {
    mkdirSync(runDirectory(), { recursive: true })
    this.directory = mkdtempSync(join(runDirectory(), "c-"))
    this.stateDir = join(this.directory, "state")
    // Nothing of the person who runs the tests: no configuration, no state.
    this.environment = {
      SENTINEL_STATE_DIR: this.stateDir,
      XDG_CONFIG_HOME: join(this.directory, "config"),
      SENTINEL_CONFIG: undefined
    }
  }

  file(name: string, text: string): string {
    const path = join(this.directory, name)
    writeFileSync(path, text, { mode: 0o600 })
    return path
  }

  config(backends: GatewayOptions["backends"], extra?: string): string {
    return this.file("sentinel.toml", gatewayConfig({ backends, ...(extra !== undefined && { extra }) }))
  }

  /** Runs a command to its end, as a person would. */
  run(args: ReadonlyArray<string>, given: { stdin?: string; env?: Record<string, string> } = {}): Promise<Ran> {
    return runToEnd("sh", [launcher, ...args], {
      env: { ...process.env, ...this.environment, ...given.env },
      cwd: this.directory,
      stdin: given.stdin ?? ""
    })
  }
}

interface Launch {
  readonly env: NodeJS.ProcessEnv
  readonly cwd: string
  readonly stdin: string
}

export const runToEnd = (command: string, args: ReadonlyArray<string>, { cwd, env, stdin }: Launch): Promise<Ran> => {
  const { promise, reject, resolve } = Promise.withResolvers<Ran>()
  const child = spawn(command, args, { cwd, env, stdio: "pipe" })
  let stdout = ""
  let stderr = ""
  child.stdout.setEncoding("utf8").on("data", (text: string) => (stdout += text))
  child.stderr.setEncoding("utf8").on("data", (text: string) => (stderr += text))
  child.stdin.on("error", () => {})
  child.stdin.end(stdin)
  child.on("error", reject)
  child.on("close", (code) => resolve({ code, stdout, stderr, json: () => parseObject(stdout) ?? {} }))
  return promise
}

export const untilStderr = (client: StdioClient, words: RegExp): Promise<void> =>
  client.until(() => words.test(client.stderr), `${words} on stderr`)
