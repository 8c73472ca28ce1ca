import { assert } from "@effect/vitest"
import { isJsonObject, type JsonObject } from "../../src/domain/Json.ts"
import { objectIn, textIn, textOf } from "../fixtures/envelope.ts"
import type { GatewayOptions } from "../fixtures/gateway.ts"
import { startHttpGateway, type RunningHttpGateway } from "../fixtures/httpGateway.ts"
import { exchange, modernHeaders, modernText, plainHeaders, type Header, type RawAnswer } from "./rawHttp.ts"

export interface ServingGateway extends RunningHttpGateway {
  readonly port: number
  /** Waits until something holds that the gateway does not tell: looks again every few milliseconds. */
  readonly until: (holds: () => boolean, what: string) => Promise<void>
}

/** Starts the real `sentinel serve` and waits until these tools are listed. */
export const serveGateway = async (
  options: GatewayOptions,
  tools: ReadonlyArray<string> = []
): Promise<ServingGateway> => {
  const gateway = await startHttpGateway(options)
  const port = Number(new URL(gateway.url).port)
  try {
    await untilTools(port, tools)
    return { ...gateway, port, until }
  } catch (error) {
    await gateway.stop()
    throw error
  }
}

const until = async (holds: () => boolean, what: string): Promise<void> => {
  for (let left = 500; !holds(); left--) {
    if (left === 0) throw new Error(`waited for ${what}`)
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}

/** One stateless request, as a client that keeps the rules sends it. */
export const ask = (
  port: number,
  method: string,
  params: JsonObject = {},
  more: ReadonlyArray<Header> = []
): Promise<RawAnswer> => {
  const name = params["name"] ?? params["uri"]
  const headers = [...modernHeaders(port, method, typeof name === "string" ? name : undefined), ...more]
  return exchange(port, { headers, body: modernText(method, params) })
}

/** `tools/call` of it. */
export const call = (port: number, name: string, args: JsonObject = {}, more: ReadonlyArray<Header> = []) =>
  ask(port, "tools/call", { name, arguments: args }, more)

/** The gateway goes on serving: a call through `one` comes back. */
export const stillServes = async (port: number, name = "one__echo"): Promise<void> => {
  const { message, status } = await call(port, name, { text: "still here" })
  assert.strictEqual(status, 200)
  assert.strictEqual(textOf(message), "still here")
}

/** How many calls of a tool the backend `one` has got. */
export const callsSeen = async (port: number, tool: string): Promise<number> => {
  const seen: unknown = JSON.parse(textOf((await call(port, "one__calls-seen")).message))
  return isJsonObject(seen) ? Number(seen[tool] ?? 0) : NaN
}

/** Lists the tools until these are among them. Each list is an answer, so this never spins. */
export const untilTools = async (port: number, names: ReadonlyArray<string>): Promise<void> => {
  for (let round = 0; round < 500; round++) {
    const { tools } = objectIn((await ask(port, "tools/list")).message, "result")
    const listed = new Set(
      Array.isArray(tools) ? tools.filter(isJsonObject).map((tool) => textIn(tool, "name", "")) : []
    )
    if (names.every((name) => listed.has(name))) return
  }
  throw new Error(`no ${names.join(", ")} among the tools`)
}

/** What of a refusal matters: the HTTP status, the code of the error, and whose request it was. */
export const refusalIn = ({ message, status }: RawAnswer): ReadonlyArray<unknown> => {
  const { error, id } = message
  return [status, isJsonObject(error) ? error["code"] : undefined, id ?? null]
}

/** The text of a request of the stateful era. */
export const legacyText = (method: string, params: JsonObject = {}, id: string | number = 1): string =>
  JSON.stringify({ jsonrpc: "2.0", id, method, params })

/** Opens a session of the stateful era; its id. */
export const openSession = async (port: number, path = "/mcp", version = "2025-11-25"): Promise<string> => {
  const clientInfo = { name: "hostile", version: "1" }
  const body = legacyText("initialize", { protocolVersion: version, capabilities: {}, clientInfo })
  const { headers, status } = await exchange(port, { path, headers: plainHeaders(port), body })
  assert.strictEqual(status, 200)
  const id = headers.get("mcp-session-id") ?? ""
  assert.match(id, /^[\x21-\x7e]{22,}$/)
  const told = `{"jsonrpc":"2.0","method":"notifications/initialized"}`
  assert.strictEqual((await exchange(port, { path, headers: sessionHeaders(port, id), body: told })).status, 202)
  return id
}

/** The headers of a request in a session. */
export const sessionHeaders = (port: number, id: string): ReadonlyArray<Header> => [
  ...plainHeaders(port),
  ["Mcp-Session-Id", id]
]
