/** Processes that listen on a port of 127.0.0.1, started one after the other, ended in reverse. */
import { spawn, type ChildProcess } from "node:child_process"
import type { Launch } from "../client.ts"
import { endProcess, track } from "../end-process.ts"
import { watchServers } from "../watch.ts"
import { untilListening } from "./listening.ts"

export interface Listening {
  readonly launch: Launch
  readonly port: number
}

export interface Servers {
  readonly children: ReadonlyArray<ChildProcess>
  /** Of the one started last. */
  readonly pid: number
  /** Answers with the number of descendants that had to be killed. */
  readonly end: () => Promise<number>
}

const startOne = ({ command, args, cwd, env }: Launch): ChildProcess => {
  const child = spawn(command, args, { cwd, env, stdio: ["ignore", "ignore", "pipe"] })
  track(child)
  return child
}

/** Waits until each listens before the next is started. */
export const startServers = async (servers: ReadonlyArray<Listening>): Promise<Servers> => {
  const children: Array<ChildProcess> = []
  const end = async () => {
    let left = 0
    for (const child of children.toReversed()) if (child.pid !== undefined) left += await endProcess(child, child.pid)
    return left
  }
  try {
    for (const { launch, port } of servers) {
      const child = startOne(launch)
      children.push(child)
      const { failed, stop } = watchServers([child], () => 0)
      await Promise.race([untilListening(port), failed]).finally(stop)
    }
    return { children, pid: children.at(-1)?.pid ?? 0, end }
  } catch (cause) {
    await end()
    throw cause
  }
}
