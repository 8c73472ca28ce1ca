/** The opening of a client, and the names of the echo tools that the server lists. */
import { setTimeout as sleep } from "node:timers/promises"
import type { RawClient } from "./client.ts"

const listPollMillis = 5
const listPatienceMillis = 10_000

export interface Opening {
  /** The echo tools as this server calls them: `echo`, or `bench0__echo`. */
  readonly echoTools: ReadonlyArray<string>
  /** From `startedAt` to the first reply to tools/list, whatever it listed. */
  readonly firstListMillis: number
  /** From `startedAt` to the first tools/list that named every echo tool. */
  readonly listedMillis: number
}

const namesIn = (result: unknown): ReadonlyArray<string> => {
  if (typeof result !== "object" || result === null || !("tools" in result) || !Array.isArray(result.tools)) return []
  const tools: ReadonlyArray<unknown> = result.tools
  return tools.flatMap((tool) =>
    typeof tool === "object" && tool !== null && "name" in tool && typeof tool.name === "string" ? [tool.name] : []
  )
}

/** Opens the client, then lists until `echoCount` tools whose name ends in `echo` are there. */
export const handshake = async (client: RawClient, startedAt: number, echoCount = 1): Promise<Opening> => {
  await client.open()
  let firstListMillis: number | undefined
  for (;;) {
    const echoTools = namesIn(await client.request("tools/list", {})).filter((name) => name.endsWith("echo"))
    const listedMillis = performance.now() - startedAt
    firstListMillis ??= listedMillis
    if (echoTools.length >= echoCount) return { echoTools, firstListMillis, listedMillis }
    if (listedMillis > listPatienceMillis) {
      throw new Error(`${echoTools.length} of ${echoCount} echo tools listed after ${listPatienceMillis} ms`)
    }
    await sleep(listPollMillis)
  }
}
