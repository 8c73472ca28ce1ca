/** Asks a Node process through its inspector to collect its garbage, so that what is left is really in use. */
import { setTimeout as sleep } from "node:timers/promises"
import { isRecord } from "../client.ts"

const patienceMillis = 10_000
const pollMillis = 50

/** Of a process that listens for inspectors on that port. */
export interface Inspector {
  /** Collects, and answers with the bytes of the JavaScript heap that are in use; no connection is left open. */
  readonly usedHeapBytes: () => Promise<number>
}

const addressOf = async (port: number): Promise<string> => {
  const targets: unknown = await (await fetch(`http://127.0.0.1:${port}/json/list`)).json()
  const first: unknown = Array.isArray(targets) ? targets[0] : undefined
  const address = isRecord(first) ? first["webSocketDebuggerUrl"] : undefined
  if (typeof address !== "string") throw new Error(`no inspector on port ${port}`)
  return address
}

/** The results of these commands, one after the other, on a connection of their own. */
const ask = async (address: string, methods: ReadonlyArray<string>): Promise<ReadonlyArray<unknown>> => {
  const socket = new WebSocket(address)
  const { promise: done, reject, resolve } = Promise.withResolvers<ReadonlyArray<unknown>>()
  const results: Array<unknown> = []
  const send = () => socket.send(JSON.stringify({ id: results.length, method: methods[results.length] }))
  socket.addEventListener("open", send)
  socket.addEventListener("error", () => reject(new Error("the inspector broke off")))
  socket.addEventListener("message", ({ data }) => {
    const message: unknown = JSON.parse(String(data))
    if (!isRecord(message) || message["id"] !== results.length) return
    results.push(message["result"])
    if (results.length === methods.length) resolve(results)
    else send()
  })
  const timeout = AbortSignal.timeout(patienceMillis)
  timeout.addEventListener("abort", () => reject(new Error("the inspector does not answer")))
  try {
    return await done
  } finally {
    const closed = new Promise((resolve) => socket.addEventListener("close", resolve))
    socket.close()
    await closed
    await sleep(pollMillis)
  }
}

export const openInspector = async (port: number): Promise<Inspector> => {
  const address = await addressOf(port)
  return {
    usedHeapBytes: async () => {
      const commands = ["HeapProfiler.collectGarbage", "HeapProfiler.collectGarbage", "Runtime.getHeapUsage"]
      const usage = (await ask(address, commands)).at(-1)
      if (!isRecord(usage) || typeof usage["usedSize"] !== "number") throw new Error("the inspector names no heap")
      return usage["usedSize"]
    }
  }
}
