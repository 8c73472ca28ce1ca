/** The processes behind a gateway's backends, found from outside: by parent, and by the mark that the gateway gives. */
import { setTimeout as sleep } from "node:timers/promises"
import { runVariable, slotVariable } from "../../fixtures/leftovers.ts"
import { environmentOf, processTable } from "../../fixtures/processes.ts"
import type { Arena } from "./arena.ts"

const lookMillis = 10

/** Whatever stands under the mark of a backend: its process, and what that has started; whichever gateway it had. */
export const processesOf = ({ env }: Arena, backend: string): ReadonlyArray<number> =>
  processTable()
    .map(({ pid }) => ({ pid, variables: environmentOf(pid) }))
    .filter(({ variables }) => variables[runVariable] === env[runVariable])
    .filter(({ variables }) => variables[slotVariable]?.endsWith(`/${backend}`) === true)
    .map(({ pid }) => pid)

/** The process that a gateway has started for a shared backend; undefined while there is none. */
export const backendPid = (gateway: number, backend: string): number | undefined =>
  processTable().find(
    ({ pid, ppid }) => ppid === gateway && environmentOf(pid)[slotVariable]?.endsWith(`/${backend}`) === true
  )?.pid

/** Sends a signal to a process that may be gone; whether it was there. */
export const signalTo = (pid: number, signal: NodeJS.Signals): boolean => {
  try {
    return process.kill(pid, signal)
  } catch {
    return false
  }
}

/** Milliseconds until this holds; looked at again and again, since nobody tells. Fails at the bound. */
export const until = async (what: string, holds: () => boolean, boundMillis: number): Promise<number> => {
  const from = performance.now()
  while (!holds()) {
    if (performance.now() - from > boundMillis) throw new Error(`waited ${boundMillis} ms in vain for ${what}`)
    await sleep(lookMillis)
  }
  return performance.now() - from
}
