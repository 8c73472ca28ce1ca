/** Ends a target the way its user would, with more patience than the benchmark has: some take seconds for it. */
import { setTimeout as sleep } from "node:timers/promises"
import { descendantsOf, isAlive, type Running } from "../../bench/process-tree.ts"

const stdinGraceMillis = 1_500
const termGraceMillis = 10_000
/** What ends with its parent may take a moment longer. */
const goneMillis = 1_000
const pollMillis = 10

/** Nothing, if it has ended by itself meanwhile. */
export const signalTo = (pid: number, signal: NodeJS.Signals): void => {
  try {
    process.kill(pid, signal)
  } catch {
    // It ended between the look and the signal.
  }
}

const untilGone = async (processes: ReadonlyArray<Running>, millis: number): Promise<boolean> => {
  const until = performance.now() + millis
  while (processes.some(isAlive) && performance.now() < until) await sleep(pollMillis)
  return !processes.some(isAlive)
}

/**
 * Closes its stdin if it has one, then SIGTERM, then SIGKILL; answers with how many of its descendants outlived it, which
 * are killed.
 */
export const endGently = async (pid: number, closeStdin: (() => void) | undefined): Promise<number> => {
  const below = descendantsOf(pid)
  const itself = descendantsOf(process.pid).filter((running) => running.pid === pid)
  closeStdin?.()
  if (closeStdin !== undefined) await untilGone(itself, stdinGraceMillis)
  for (const signal of ["SIGTERM", "SIGKILL"] as const) {
    if (!itself.some(isAlive)) break
    signalTo(pid, signal)
    await untilGone(itself, termGraceMillis)
  }
  await untilGone(below, goneMillis)
  const left = below.filter(isAlive)
  for (const { pid } of left) signalTo(pid, "SIGKILL")
  return left.length
}
