/** Whoever calls: the raw clients of the benchmark and the clients of the tests, behind one face. */
import { setTimeout as sleep } from "node:timers/promises"
import { isJsonObject, type JsonObject } from "../../../src/domain/Json.ts"
import { parseFrame, type RawClient } from "../../bench/client.ts"
import type { McpClient } from "../../fixtures/client.ts"
import { call, type Spoken } from "../../gateway/eras.ts"
import { endingOf, type Ending } from "./endings.ts"
import type { Ledger } from "./ledger.ts"

/** Calls a tool; settles with its whole reply. */
export type Ask = (tool: string, args: JsonObject) => Promise<JsonObject>

export const rawAsk =
  (client: RawClient): Ask =>
  async (name, args) => {
    const request = client.prepare("tools/call", { name, arguments: args })
    const frame = await client.guard(new Promise<string>((resolve) => client.post(request, resolve)))
    const reply = parseFrame(frame)
    if (!isJsonObject(reply)) throw new Error(`no message: ${frame.slice(0, 300)}`)
    return reply
  }

export const askAs =
  (client: McpClient, era: Spoken): Ask =>
  (name, args) =>
    call(client, era, name, args)

/** A call, and the ledger that it goes into under its text. */
export interface Turn {
  readonly ledger: Ledger
  readonly text: string
  readonly tool: string
  readonly args: JsonObject
  /** Whether the tool answers with the text. */
  readonly echoes: boolean
}

/** A call of an echo tool of one of the servers. */
export const echoTurn = (ledger: Ledger, backend: string, text: string, more: JsonObject = {}): Turn => ({
  ledger,
  text,
  tool: `${backend}__echo`,
  args: { text, ...more },
  echoes: true
})

export const askNoted = async (ask: Ask, { args, echoes, ledger, text, tool }: Turn): Promise<Ending> => {
  ledger.begin(text)
  const ending = endingOf(await ask(tool, args))
  ledger.end(text, ending, echoes)
  return ending
}

/** A caller that was refused does not ask sooner than this. */
const afterRefusalMillis = 20

export interface Pace {
  readonly over: AbortSignal
  /** Between the end of a call and the next one. */
  readonly pauseMillis: number
}

/** Calls again and again until the signal, the n-th time what `turn` says: each call only when the one before has ended. */
export const keepCalling = async (ask: Ask, turn: (n: number) => Turn, { over, pauseMillis }: Pace): Promise<void> => {
  for (let n = 0; !over.aborted; n++) {
    const { certainty } = await askNoted(ask, turn(n))
    await sleep(certainty === "completed" ? pauseMillis : Math.max(pauseMillis, afterRefusalMillis))
  }
}
