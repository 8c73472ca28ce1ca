/** Who is killed in a storm, and how often. */
import { setTimeout as sleep } from "node:timers/promises"
import { startHttpBackend, type HttpBackend } from "../../fixtures/httpBackend.ts"
import { backendPid, signalTo } from "./slots.ts"

const everyMillis = 1_000

/** SIGKILLs whatever process a stdio backend has, every second, be it ready or just starting; answers when there was one. */
export const killEverySecond = async (
  gateway: number,
  backend: string,
  over: AbortSignal
): Promise<ReadonlyArray<number>> => {
  const kills: Array<number> = []
  for (let due = performance.now() + everyMillis; ; due += everyMillis) {
    await sleep(Math.max(0, due - performance.now()), undefined, { signal: over }).catch(() => undefined)
    if (over.aborted) return kills
    const pid = backendPid(gateway, backend)
    // None: it waits for its next start, whose delay has grown to a second by now.
    if (pid !== undefined && signalTo(pid, "SIGKILL")) kills.push(performance.now())
  }
}

/** A server over HTTP that is killed and started again at the same port. */
export class Phoenix implements AsyncDisposable {
  readonly port: number
  #server: HttpBackend
  readonly #flags: ReadonlyArray<string>
  #lives = 1

  private constructor(server: HttpBackend, flags: ReadonlyArray<string>) {
    this.port = server.port
    this.#server = server
    this.#flags = flags
  }

  static async start(flags: ReadonlyArray<string>): Promise<Phoenix> {
    return new Phoenix(await startHttpBackend("modern", flags), flags)
  }

  get lives(): number {
    return this.#lives
  }

  /** Kills it again and again, and lets it be away for a moment each time. */
  async dieEvery(millis: number, awayMillis: number, over: AbortSignal): Promise<void> {
    while (!over.aborted) {
      await sleep(millis, undefined, { signal: over }).catch(() => undefined)
      if (over.aborted) return
      await this.#server.kill()
      await sleep(awayMillis)
      this.#server = await startHttpBackend("modern", [...this.#flags, "--port", String(this.port)])
      this.#lives++
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#server.kill()
  }
}
