/** The callers of a storm, over every line that a gateway has: HTTP with and without sessions, and attached windows. */
import { startHttpClient } from "../../bench/http/http-client.ts"
import { gatewayLaunch } from "../../bench/launches.ts"
import { startClient } from "../../bench/raw-client.ts"
import type { RawClient } from "../../bench/client.ts"
import { isReply } from "../../fixtures/envelope.ts"
import type { HttpClient } from "../../fixtures/httpClient.ts"
import { descendantsOf } from "../../fixtures/processes.ts"
import { allUp, connectAs } from "../../http/combinations.ts"
import type { Arena } from "./arena.ts"
import { askAs, rawAsk, type Ask } from "./callers.ts"
import type { Findings } from "./findings.ts"

/** Requests of the stateless era, each for itself. */
const statelessCallers = 16
/** Each with a session and its stream. */
const sessionCallers = 8
const windows = 2
const callersPerWindow = 4

export interface StormPlace {
  readonly arena: Arena
  readonly config: string
  readonly stateDir: string
  readonly port: number
  /** Where Node's inspector listens in the gateway. */
  readonly inspectorPort: number
  /** Where the gateway's stderr goes. */
  readonly log: string
}

export interface StormClients {
  /** Of the gateway. */
  readonly pid: number
  /** One for each caller. */
  readonly asks: ReadonlyArray<Ask>
  /** Ends all clients, then the gateway; says what they have seen and left behind. */
  readonly close: (findings: Findings) => Promise<void>
}

const startGateway = ({ arena, config, inspectorPort, log, port, stateDir }: StormPlace): Promise<RawClient> => {
  const { args, ...launch } = arena.here(
    gatewayLaunch(["serve", "--config", config, "--listen", `127.0.0.1:${port}`], stateDir)
  )
  const env = { ...launch.env, LOG: log, NODE_OPTIONS: `--inspect=127.0.0.1:${inspectorPort}` }
  const logged = { ...launch, env, args: ["-c", 'exec sh "$@" 2>"$LOG"', "sh", ...args] }
  return startHttpClient({ server: { launch: logged, port }, path: "/mcp", dialect: "stateless", backend: undefined })
}

/** Starts the gateway, waits until all backends are ready, and connects everybody. */
export const gatherCallers = async (place: StormPlace): Promise<StormClients> => {
  const url = `http://127.0.0.1:${place.port}/mcp`
  const stateless = await startGateway(place)
  const attached: Array<RawClient> = []
  const sessions: Array<HttpClient> = []
  const end = async () => {
    let left = 0
    for (const client of attached) left += await client.close()
    for (const client of sessions) await client.close()
    return left + (await stateless.close())
  }
  try {
    await allUp(url)
    for (let n = 0; n < sessionCallers; n++) sessions.push(await connectAs(url, "legacy"))
    for (let n = 0; n < windows; n++) {
      const window = startClient(place.arena.here(gatewayLaunch(["stdio", "--config", place.config], place.stateDir)))
      attached.push(window)
      await window.open()
      await window.request("tools/list", {})
      if (descendantsOf(window.pid).length > 0) throw new Error("a window did not attach, and has backends of its own")
    }
  } catch (cause) {
    await end()
    throw cause
  }
  const close = async (findings: Findings) => {
    const strays = [
      ...[stateless, ...attached].flatMap(({ strayIds }) => strayIds),
      ...sessions.flatMap(({ messages }) => messages.filter(isReply).map(({ id }) => id))
    ]
    findings.check(strays.length === 0, `replies that answer no call, or one again: ${strays.slice(0, 5).join(", ")}`)
    const left = await end()
    findings.check(left === 0, `${left} processes outlived the gateway, or a window`)
  }
  const asks = [
    ...Array.from({ length: statelessCallers }, () => rawAsk(stateless)),
    ...sessions.map((client) => askAs(client, "legacy")),
    ...attached.flatMap((window) => Array.from({ length: callersPerWindow }, () => rawAsk(window)))
  ]
  return { pid: stateless.pid, asks, close }
}
