/** One target with its client, and what has been measured of it in this round. */
import type { SeriesName } from "./effort.ts"
import { handshake } from "./handshake.ts"
import { inFlight, oneByOne, proveEcho, type Echo } from "./load.ts"
import { payloadOf, smallPayload } from "./payload.ts"
import { cpuMicrosOf, residentMemoryOf, type ResidentMemory } from "./process-cost.ts"
import type { RawClient } from "./client.ts"
import { median } from "./statistics.ts"
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
  /** NaN if it was not asked for. */
  readonly perSecondAt256: number
  /** CPU of the target's own process at 32 in flight, a call. */
  readonly cpuMicros: number
  /** CPU of the benchmark itself in the same load, a call: it must not be what limits a target. */
  readonly clientCpuMicros: number
  readonly loaded: ResidentMemory
}

interface Burst {
  readonly perSecond: number
  readonly cpuMicros: number
  readonly clientCpuMicros: number
}

export interface Session {
  readonly target: Target
  readonly client: RawClient
  readonly echoes: Readonly<Record<SeriesName, Echo>>
  /** Microseconds of each call. */
  readonly micros: Readonly<Record<SeriesName, Array<number>>>
  readonly bursts: Array<Burst>
}

export const openSession = async (target: Target, stateDir: string): Promise<Session> => {
  const client = await target.start(stateDir)
  try {
    const { echoTools } = await handshake(client, performance.now())
    const echoOf = (name: SeriesName): Echo => ({
      text: texts[name],
      request: client.prepare("tools/call", { name: echoTools[0], arguments: { text: texts[name] } })
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
      micros: { smallOneCore: [], small: [], "64KiB": [], "64KiBMixed": [], "1MiB": [] },
      bursts: []
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

/** Calls with 32 in flight that do not count. */
export const warmUpConcurrency = async ({ client, echoes }: Session, calls: number): Promise<void> => {
  await inFlight(client, echoes.small, 32, calls)
}

/** One slice of calls with 32 in flight. */
export const measureBurst = async ({ bursts, client, echoes }: Session, calls: number): Promise<void> => {
  const cpuBefore = cpuMicrosOf(client.pid)
  const clientCpuBefore = cpuMicrosOf(process.pid)
  const perSecond = await inFlight(client, echoes.small, 32, calls)
  bursts.push({
    perSecond,
    cpuMicros: (cpuMicrosOf(client.pid) - cpuBefore) / calls,
    clientCpuMicros: (cpuMicrosOf(process.pid) - clientCpuBefore) / calls
  })
}

/** What the bursts amount to; then, if they are wanted, `callsAt256` more calls. */
export const closeConcurrency = async (session: Session, callsAt256: number): Promise<Concurrency> => {
  const { bursts, client, echoes } = session
  return {
    perSecondAt32: median(bursts.map(({ perSecond }) => perSecond)),
    cpuMicros: median(bursts.map(({ cpuMicros }) => cpuMicros)),
    clientCpuMicros: median(bursts.map(({ clientCpuMicros }) => clientCpuMicros)),
    perSecondAt256: callsAt256 > 0 ? await inFlight(client, echoes.small, 256, callsAt256) : Number.NaN,
    loaded: residentMemoryOf(client.pid)
  }
}

/** Ends the session; answers with the number of processes that the target left behind. */
export const closeSession = async ({ client }: Session): Promise<number> => {
  if (client.strayIds.length > 0) throw new Error(`${client.strayIds.length} replies to no call`)
  return client.close()
}
