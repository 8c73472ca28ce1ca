/** Ends one child by its id, and makes sure that none of its descendants outlives it. */
import type { ChildProcess } from "node:child_process"
import { once } from "node:events"
import { setTimeout as sleep } from "node:timers/promises"
import { descendantsOf, isAlive } from "./process-tree.ts"

const patienceMillis = 1_500
const pollMillis = 20

const running = new Set<ChildProcess>()
process.once("exit", () => running.forEach((child) => child.kill("SIGKILL")))
for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => process.exit(130))

/** From here on the child is killed if this process exits before `endProcess`. */
export const track = (child: ChildProcess) => {
  running.add(child)
  child.once("close", () => running.delete(child))
}

const within = async (millis: number, isDone: () => boolean) => {
  const until = performance.now() + millis
  while (!isDone() && performance.now() < until) await sleep(pollMillis)
  return isDone()
}

/** Closes stdin if that is a pipe, then SIGTERM, then SIGKILL; answers with how many descendants were left behind (they are killed too). */
export const endProcess = async (child: ChildProcess, pid: number): Promise<number> => {
  const isGone = () => child.exitCode !== null || child.signalCode !== null
  if (isGone()) return 0
  const descendants = descendantsOf(pid)
  if (child.stdin !== null) {
    child.stdin.end()
    await within(patienceMillis, isGone)
  }
  if (!isGone()) child.kill("SIGTERM")
  if (!(await within(patienceMillis, isGone))) {
    child.kill("SIGKILL")
    await once(child, "exit")
  }
  await within(patienceMillis, () => !descendants.some(isAlive))
  const left = descendants.filter(isAlive)
  for (const { pid } of left) process.kill(pid, "SIGKILL")
  return left.length
}
