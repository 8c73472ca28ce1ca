import { isJsonObject, type JsonObject } from "../../src/domain/Json.ts"
import type { StdioClient } from "../fixtures/client.ts"
import { errorOf, objectIn, resultOf, textIn, textOf } from "../fixtures/envelope.ts"
import { startGateway, type GatewayOptions, type RunningGateway } from "../fixtures/gateway.ts"
import { callTool, legacyOpen, type LegacyOpening } from "../fixtures/legacyClient.ts"

/** A call that ends at once does so within this, also on a loaded machine; what it is told from takes far longer. */
export const atOnceMillis = 3_000

/** Starts a gateway, opens a session of the stateful era and waits until these tools are listed. */
export const openGateway = async (
  options: GatewayOptions,
  tools: ReadonlyArray<string>,
  opening: LegacyOpening = {}
): Promise<RunningGateway> => {
  const gateway = startGateway(options)
  try {
    await legacyOpen(gateway.client, opening)
    await untilListed(gateway.client, tools)
    return gateway
  } catch (error) {
    await gateway.stop()
    throw error
  }
}

/** Lists the tools, and again after each change, until all of these are among them. */
export const untilListed = async (client: StdioClient, names: ReadonlyArray<string>): Promise<void> => {
  for (;;) {
    const from = client.messages.length
    const listed = new Set(await listedTools(client))
    const missing = names.filter((name) => !listed.has(name))
    if (missing.length === 0) return
    const isChange = (message: JsonObject) => message["method"] === "notifications/tools/list_changed"
    await client.waitFor(isChange, `a list with ${missing.join(", ")}`, { from })
  }
}

/** The names in `tools/list`, in their order. */
export const listedTools = async (client: StdioClient): Promise<ReadonlyArray<string>> => {
  const { tools } = resultOf(await client.request("tools/list", {}))
  return Array.isArray(tools) ? tools.filter(isJsonObject).map((tool) => textIn(tool, "name", "")) : []
}

/** The process id of a backend, by its own word. Its reply also proves that all earlier calls have reached it. */
export const pidOf = async (client: StdioClient, backend: string): Promise<number> =>
  Number(textOf(await callTool(client, `${backend}__pid`)))

/**
 * Kills a backend while it works on a call, and waits until the gateway has noticed. The calls that succeed before keep
 * the circuit closed: it would open at one failure in two calls. Answers whom it killed.
 */
export const killDuringCall = async (client: StdioClient, backend: string): Promise<number> => {
  const hanging = callTool(client, `${backend}__hang`)
  await pidOf(client, backend)
  const pid = await pidOf(client, backend)
  process.kill(pid, "SIGKILL")
  const { certainty } = refusalOf(await hanging)
  if (certainty !== "unknown") throw new Error(`the call that was lost is ${String(certainty)}`)
  return pid
}

/** How many calls of a tool this process of the backend has got. */
export const callsSeen = async (client: StdioClient, backend: string, tool: string): Promise<number> => {
  const seen: unknown = JSON.parse(textOf(await callTool(client, `${backend}__calls-seen`)))
  return isJsonObject(seen) ? Number(seen[tool] ?? 0) : NaN
}

/** An error of the gateway itself, with what it says in `data`. */
export interface GatewayError {
  readonly code: number
  readonly message: string
  readonly certainty: unknown
  readonly backend: unknown
  /** NaN where there is none. */
  readonly retryAfterMs: number
}

export const refusalOf = (reply: JsonObject): GatewayError => {
  const { code, message } = errorOf(reply)
  const data = objectIn(objectIn(reply, "error"), "data")
  if (data["source"] !== "sentinel-gateway") throw new Error(`not an error of the gateway: ${JSON.stringify(reply)}`)
  const { backend, certainty, retryAfterMs } = data
  return { code, message, certainty, backend, retryAfterMs: typeof retryAfterMs === "number" ? retryAfterMs : NaN }
}

/** Settles with the promise's value and how long it took from now, in milliseconds. */
export const timed = async <A>(promise: Promise<A>): Promise<{ readonly value: A; readonly millis: number }> => {
  const from = performance.now()
  const value = await promise
  return { value, millis: performance.now() - from }
}
