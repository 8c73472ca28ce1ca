import { isJsonObject } from "../domain/Json.ts"
import type { JsonObject } from "../domain/Json.ts"
import type { Introduction } from "./RouterPort.ts"
import type { RouteTable } from "./RouteTable.ts"

/** Characters of the instructions for the model, merged or of one backend. */
export const instructionsLength = 16_384

/** What a client is told of a table when it opens a session or discovers the gateway. */
export const introductionOf = ({ instructions, sole }: RouteTable): Introduction => {
  const texts =
    sole === undefined ? instructions.map(({ backend, text }) => `## ${backend}\n${text}`) : own(instructions)
  return {
    capabilities: sole?.capabilities === undefined ? allCapabilities : relayable(sole.capabilities, sole.isShared),
    instructions: texts.join("\n\n").slice(0, instructionsLength)
  }
}

const own = (instructions: RouteTable["instructions"]): ReadonlyArray<string> => instructions.map(({ text }) => text)

/** What the gateway can do whatever its backends can: whether one can is found out by asking it. */
const allCapabilities: JsonObject = {
  tools: { listChanged: true },
  prompts: { listChanged: true },
  resources: { listChanged: true, subscribe: true },
  completions: {},
  logging: {}
}

/** What a server may declare that the gateway relays, with the details that it relays of each. */
const relayed: ReadonlyArray<readonly [string, ReadonlyArray<string> | undefined]> = [
  ["tools", ["listChanged"]],
  ["prompts", ["listChanged"]],
  ["resources", ["listChanged", "subscribe"]],
  ["completions", []],
  ["logging", []],
  ["experimental", undefined],
  ["extensions", undefined]
]

/**
 * What a backend declared, less what can't be relayed (MCP 2025-11-25 and 2026-07-28, "ServerCapabilities"). `tasks` of
 * 2025-11-25 are not on a shared connection: to the backend all clients are one, and each would see everybody's.
 */
const relayable = (declared: JsonObject, isShared: boolean): JsonObject => {
  const { tasks } = declared
  const kept: Record<string, JsonObject> = !isShared && isJsonObject(tasks) ? { tasks } : {}
  for (const [name, details] of relayed) {
    const value = declared[name]
    if (!isJsonObject(value)) continue
    kept[name] =
      details === undefined
        ? value
        : Object.fromEntries(details.filter((detail) => value[detail] === true).map((detail) => [detail, true]))
  }
  return kept
}
