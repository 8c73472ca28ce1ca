/** One target with its client, and what has been measured of it in this round. */
import type { SeriesName } from "./effort.ts"
import { handshake } from "./handshake.ts"
import { inFlight, oneByOne, proveEcho, type Echo } from "./load.ts"
import { payloadOf, smallPayload } from "./payload.ts"
import { cpuMicrosOf, residentMemoryOf, type ResidentMemory } from "./process-cost.ts"
import { prepare, startClient, type RawClient } from "./raw-client.ts"
import type { Target } from "./targets.ts"

const texts: Readonly<Record<SeriesName, string>> = {
  smallOneCore: smallPayload,
  small: smallPayload,
  "64KiB": payloadOf(64 * 1_024, "ascii"),
  "64KiBMixed": payloadOf(64 * 1_024, "mixed"),
  "1MiB": payloadOf(1_024 * 1_024, "ascii")
}

export interface Concurrency {
  readonly perSecondAt32: number
  readonly perSecondAt256: number
  /** CPU of the target's own process at 32 in flight, a call. */
  readonly cpuMicros: number
  readonly loaded: ResidentMemory
}

export interface Session {
  readonly target: Target
  readonly client: RawClient
  readonly echoes: Readonly<Record<SeriesName, Echo>>
  /** Microseconds of each call. */
  readonly micros: Readonly<Record<SeriesName, Array<number>>>
}

export const openSession = async (target: Target, stateDir: string): Promise<Session> => {
  const client = startClient(target.launch(stateDir))
  try {
    const { echoTools } = await handshake(client, performance.now())
    const echoOf = (name: SeriesName): Echo => ({
      text: texts[name],
      request: prepare("tools/call", { name: echoTools[0], arguments: { text: texts[name] } })
    })
    return {
      target,
      client,
      echoes: {
        smallOneCore: echoOf("smallOneCore"),
        small: echoOf("small"),
        "64KiB": echoOf("64KiB"),
        "64KiBMixed": echoOf("64KiBMixed"),
        "1MiB": echoOf("1MiB")
      },
      micros: { smallOneCore: [], small: [], "64KiB": [], "64KiBMixed": [], "1MiB": [] }
    }
  } catch (cause) {
    await client.close()
    throw cause
  }
}

/** Checks the echo once, then makes calls that do not count. */
export const warmUp = async ({ client, echoes }: Session, series: SeriesName, calls: number): Promise<void> => {
  await proveEcho(client, echoes[series])
  await oneByOne(client, echoes[series], calls)
}

export const measureSlice = async ({ client, echoes, micros }: Session, series: SeriesName, calls: number) => {
  micros[series].push(...(await oneByOne(client, echoes[series], calls)))
}

export const measureConcurrency = async (
  session: Session,
  warmUpCalls: number,
  calls: number
): Promise<Concurrency> => {
  const { client, echoes } = session
  await inFlight(client, echoes.small, 32, warmUpCalls)
  const cpuBefore = cpuMicrosOf(client.pid)
  const perSecondAt32 = await inFlight(client, echoes.small, 32, calls)
  const cpuMicros = (cpuMicrosOf(client.pid) - cpuBefore) / calls
  const perSecondAt256 = await inFlight(client, echoes.small, 256, calls)
  return { perSecondAt32, perSecondAt256, cpuMicros, loaded: residentMemoryOf(client.pid) }
}

/** Ends the session; answers with the number of processes that the target left behind. */
export const closeSession = async ({ client }: Session): Promise<number> => {
  if (client.strayIds.length > 0) throw new Error(`${client.strayIds.length} replies to no call`)
  return client.close()
}
