/** A gateway in an arena, with a client that sees all of its backends. */
import { setTimeout as sleep } from "node:timers/promises"
import { startHttpGateway, type RunningHttpGateway } from "../../fixtures/httpGateway.ts"
import type { McpClient } from "../../fixtures/client.ts"
import { startGateway, type BackendTable, type RunningGateway } from "../../fixtures/gateway.ts"
import { isReply, parseObject, textOf } from "../../fixtures/envelope.ts"
import { callTool, legacyOpen } from "../../fixtures/legacyClient.ts"
import { allListed } from "../../gateway/eras.ts"
import { allUp, connectAs } from "../../http/combinations.ts"
import type { Arena } from "./arena.ts"
import { askAs, type Ask } from "./callers.ts"
import { endingOf, type Ending } from "./endings.ts"

/** What of a gateway the scenarios look at, whatever its client's line is. */
export interface Asked {
  readonly ask: Ask
  /** Calls a tool and answers with how that ended. */
  readonly call: (tool: string, args?: Parameters<Ask>[1]) => Promise<Ending>
  /** Of a backend, by its own word: asked again while the call is lost with a process that has just been killed. */
  readonly pidOf: (backend: string) => Promise<number>
  /** Replies that came outside of the answer to their request. */
  readonly strays: () => number
}

export interface OpenGateway extends Asked, AsyncDisposable {
  readonly gateway: RunningHttpGateway
}

export interface OpenStdioGateway extends Asked, AsyncDisposable {
  readonly gateway: RunningGateway
  /** Settles when whatever was asked before has been passed on: there is one line, read in its order. */
  readonly passedOn: () => Promise<unknown>
}

/** Starts `sentinel serve`; every backend is ready. */
export const openGateway = async (
  arena: Arena,
  backends: ReadonlyArray<BackendTable>,
  folder = arena.folder("g")
): Promise<OpenGateway> => {
  const gateway = await startHttpGateway({ directory: folder, env: arena.env, backends })
  await allUp(gateway.url)
  const client = await connectAs(gateway.url, "legacy")
  return {
    gateway,
    ...askedBy(client),
    strays: () => client.messages.filter(isReply).length,
    [Symbol.asyncDispose]: async () => {
      await client.close().catch(() => undefined)
      await gateway.stop()
    }
  }
}

/** Starts `sentinel stdio`; every backend is ready. */
export const openStdioGateway = async (
  arena: Arena,
  backends: ReadonlyArray<BackendTable>
): Promise<OpenStdioGateway> => {
  const gateway = startGateway({ directory: arena.folder("g"), env: arena.env, backends })
  const { client } = gateway
  const dispose = async () => void (await gateway.stop())
  try {
    await legacyOpen(client)
    await allListed(client)
  } catch (cause) {
    await dispose()
    throw cause
  }
  return {
    gateway,
    ...askedBy(client),
    passedOn: () => client.request("ping"),
    strays: () => client.messages.filter(isReply).length - client.sent.filter(isRequest).length,
    [Symbol.asyncDispose]: dispose
  }
}

const isRequest = (line: string): boolean => {
  const message = parseObject(line)
  return message?.["id"] !== undefined && message["method"] !== undefined
}

const askedBy = (client: McpClient): Omit<Asked, "strays"> => {
  const ask = askAs(client, "legacy")
  return {
    ask,
    call: async (tool, args = {}) => endingOf(await ask(tool, args)),
    pidOf: (backend) => pidBehind(client, backend)
  }
}

const askAgainMillis = 10
/** A process that dies is replaced long before that many attempts were in vain. */
const askAtMost = 500

const pidBehind = async (client: McpClient, backend: string): Promise<number> => {
  for (let asked = 1; ; asked++) {
    const reply = await callTool(client, `${backend}__pid`)
    if (reply["result"] !== undefined || asked === askAtMost) return Number(textOf(reply))
    await sleep(askAgainMillis)
  }
}
