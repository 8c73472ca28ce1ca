/** Turns the end of servers, or their silence while calls are waiting, into one rejected promise. */
import type { ChildProcess } from "node:child_process"

const silenceMillis = 30_000
const stderrKeptBytes = 4_096

export interface Watch {
  readonly failed: Promise<never>
  readonly fail: (cause: unknown) => void
  readonly heard: () => void
  readonly stop: () => void
}

export const watchServers = (children: ReadonlyArray<ChildProcess>, waiting: () => number): Watch => {
  const { promise: failed, reject: fail } = Promise.withResolvers<never>()
  failed.catch(() => {}) // also when nobody is racing it just now
  let stderr = ""
  let heardAt = performance.now()
  for (const child of children) {
    child.stderr?.on("data", (chunk: Buffer) => {
      stderr = (stderr + chunk.toString()).slice(-stderrKeptBytes)
    })
    child.on("error", fail)
    child.on("close", (code, signal) => fail(new Error(`the server ended (${code ?? signal}): ${stderr.trim()}`)))
  }
  const timer = setInterval(() => {
    const silence = performance.now() - heardAt
    if (waiting() === 0) heardAt = performance.now()
    else if (silence > silenceMillis) {
      fail(new Error(`${waiting()} calls unanswered and nothing heard for ${silenceMillis} ms: ${stderr.trim()}`))
    }
  }, 1_000)
  return { failed, fail, heard: () => void (heardAt = performance.now()), stop: () => clearInterval(timer) }
}
