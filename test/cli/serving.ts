import { spawn } from "node:child_process"
import { launcher, type Place } from "./sentinel.ts"

/** `sentinel serve` as a person starts it, with what it prints. */
export class Serving implements AsyncDisposable {
  readonly exited: Promise<number | null>
  stdout = ""
  stderr = ""
  readonly pid: number
  readonly #signal: (signal: NodeJS.Signals) => void
  #wake: () => void = () => undefined
  #gone = false

  constructor(place: Place, args: ReadonlyArray<string>) {
    const child = spawn("sh", [launcher, "serve", ...args], {
      cwd: place.directory,
      env: { ...process.env, ...place.environment },
      stdio: ["ignore", "pipe", "pipe"]
    })
    this.pid = child.pid ?? -1
    this.#signal = (signal) => void child.kill(signal)
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      this.stdout += text
      this.#wake()
    })
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      this.stderr += text
      this.#wake()
    })
    const { promise, resolve } = Promise.withResolvers<number | null>()
    this.exited = promise
    child.once("close", (code) => {
      this.#gone = true
      resolve(code)
      this.#wake()
    })
  }

  /** The address that it names on stdout. */
  get url(): string {
    return /http:\/\/[^ ",]*\/mcp/.exec(this.stdout)?.[0] ?? ""
  }

  signal(signal: NodeJS.Signals): void {
    this.#signal(signal)
  }

  /** Waits until it has printed something. */
  async until(what: RegExp): Promise<this> {
    while (!what.test(this.stdout) && !what.test(this.stderr)) {
      if (this.#gone) throw new Error(`it ended, and did not print ${what}:\n${this.stdout}${this.stderr}`)
      await new Promise<void>((resolve) => (this.#wake = resolve))
    }
    return this
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#signal("SIGTERM")
    await this.exited
  }
}
