/**
 * `node test/bench/scale.ts`: what a call costs at 4 and at 100 backends of 100 tools each. The whole gateway runs in
 * this process over backends in memory that answer at once, so only its own work is measured.
 */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as References from "effect/References"
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { InstanceFile } from "../../src/backend/InstanceFile.ts"
import { Connector, type Transport, type TransportEvents } from "../../src/backend/Transport.ts"
import { gatewayBounds } from "../../src/domain/BackendSpec.ts"
import { Gateway } from "../../src/gateway/Gateway.ts"
import { objectIn, parseObject, textIn } from "../fixtures/envelope.ts"
import { specOf } from "../tree/memoryGateway.ts"
import { noOffers, ownAnswer } from "../tree/memoryServer.ts"
import { machineOf, writeReport } from "./report.ts"
import { median } from "./statistics.ts"

const small = 4
const large = 100
const toolsEach = 100

/** How much dearer a call may be at the larger size. */
const bar = 1.1

export interface ScaleEffort {
  readonly warmUpCalls: number
  /** Each has a slice of every pattern at every size, in turn. */
  readonly rounds: number
  readonly callsPerSlice: number
}

export const fullScale: ScaleEffort = { warmUpCalls: 30_000, rounds: 60, callsPerSlice: 2_000 }
export const quickScale: ScaleEffort = { warmUpCalls: 10_000, rounds: 15, callsPerSlice: 2_000 }

const tools = Array.from({ length: toolsEach }, (_, n) => `tool_${n}`)
const offers = { ...noOffers, tools }

/** A server that answers in the same turn; it does as little as it can. */
const echoTransport = ({ onFrames }: TransportEvents): Transport => ({
  pid: undefined,
  backlogBytes: () => 0,
  stderr: () => [],
  kill: () => undefined,
  write: (frame) => {
    const message = parseObject(frame)
    const id = message?.["id"]
    if (message === undefined || typeof id !== "string") return
    const method = textIn(message, "method", "")
    if (method === "tools/call") {
      return onFrames([`{"jsonrpc":"2.0","id":"${id}","result":{"content":[{"type":"text","text":"hello, gateway"}]}}`])
    }
    const result = ownAnswer(offers, { id, method, params: objectIn(message, "params") })
    const error = { code: -32601, message: "no such method" }
    onFrames([JSON.stringify({ jsonrpc: "2.0", id, ...(result === undefined ? { error } : { result }) })])
  }
})

const connector = Layer.succeed(Connector, {
  connect: (_spec, _slot, events) => Effect.succeed(echoTransport(events))
})

/** A running gateway of so many backends, and its one client. */
const startAt = Effect.fnUntraced(function* (size: number) {
  const names = Array.from({ length: size }, (_, n) => `backend${n}`)
  const stateDirectory = mkdtempSync(join(tmpdir(), "sentinel-scale-"))
  yield* Effect.addFinalizer(() => Effect.sync(() => rmSync(stateDirectory, { recursive: true, force: true })))
  const layer = Gateway.layer({
    backends: names.map((name) => specOf(name)),
    bounds: gatewayBounds,
    stateDirectory,
    identity: { name: "sentinel-gateway", version: "0.0.0" }
  }).pipe(Layer.provide([connector, InstanceFile.none("scale")]))
  const gateway = Context.get(yield* Layer.build(layer), Gateway)
  while (gateway.units.some(({ life }) => life?._tag !== "Ready")) yield* Effect.sleep(5)
  let replies = 0
  const session = gateway.connect({ sessionId: "scale", send: () => void replies++ })
  const initialize = { protocolVersion: "2025-11-25", capabilities: {}, clientInfo: { name: "scale", version: "1" } }
  session.receive(JSON.stringify({ jsonrpc: "2.0", id: "open", method: "initialize", params: initialize }))
  let calls = 0
  /** Calls one tool and answers how many microseconds that took. */
  const call = (name: string): number => {
    const params = { name, arguments: { text: "hello, gateway" } }
    const frame = JSON.stringify({ jsonrpc: "2.0", id: ++calls, method: "tools/call", params })
    const before = replies
    const startedAt = performance.now()
    session.receive(frame)
    gateway.flush()
    const micros = (performance.now() - startedAt) * 1_000
    if (replies !== before + 1) throw new Error(`a call at ${size} backends got ${replies - before} replies`)
    return micros
  }
  return { names, call, listed: gateway.table().tools.size }
})

type Started = Effect.Success<ReturnType<typeof startAt>>

/** Calls every tool of every `nth` backend in turn, one a call. */
const rotation = ({ call, names }: Started, nth = 1): (() => number) => {
  const called = names.filter((_, n) => n % nth === 0)
  let calls = 0
  return () => {
    const name = `${called[calls % called.length]}__${tools[Math.floor(calls / called.length) % toolsEach]}`
    calls++
    return call(name)
  }
}

/** Calls that are measured together: what is called is said by the name. */
const seriesOf = (name: string, ...turns: ReadonlyArray<() => number>) => {
  let calls = 0
  const next = (): number => turns[calls++ % turns.length]?.() ?? Number.NaN
  return { name, next, micros: new Array<number>() }
}

/** Measures slice by slice, so that whatever the machine does meanwhile hits all series. */
const compare = Effect.fnUntraced(function* ({ callsPerSlice, rounds, warmUpCalls }: ScaleEffort) {
  const few = yield* startAt(small)
  const many = yield* startAt(large)
  const apart = yield* Effect.forEach(Array.from({ length: large / small }), () => startAt(small))
  const series = [
    seriesOf(`${small} backends (${few.listed} tools), to all in turn`, rotation(few)),
    seriesOf(`${large} backends (${many.listed} tools), to all in turn`, rotation(many)),
    seriesOf(`${large} backends (${many.listed} tools), to ${small} of them`, rotation(many, large / small)),
    seriesOf(`${apart.length} gateways of ${small} backends, to all in turn`, ...apart.map((one) => rotation(one)))
  ]
  for (const { next } of series) for (let n = 0; n < warmUpCalls; n++) next()
  for (let round = 0; round < rounds; round++) {
    for (const { micros, next } of round % 2 === 0 ? series : series.toReversed()) {
      for (let n = 0; n < callsPerSlice; n++) micros.push(next())
      // The status file, the garbage and the timers get their turn between the slices.
      yield* Effect.sleep(1)
    }
  }
  return series.map(({ micros, name }) => ({ name, calls: micros.length, medianMicros: median(micros) }))
})

type Results = Effect.Success<ReturnType<typeof compare>>

/**
 * The ratio that the bar is for, and two that tell where it comes from. Calls to four of the hundred have only the
 * presence of the others against them. With 25 gateways of four there is no large gateway, but as many backends are
 * called in turn, each of which has left the processor's nearest caches when its turn comes again.
 */
const judge = (results: Results) => {
  const [few = Number.NaN, all = Number.NaN, four = Number.NaN, apart = Number.NaN] = results.map(
    ({ medianMicros }) => medianMicros
  )
  return [
    { what: `${large} backends / ${small}, to all in turn`, ratio: all / few },
    { what: `${large} backends / ${small}, to the same ${small}`, ratio: four / few },
    { what: `${large} backends / the same in gateways of ${small}`, ratio: all / apart }
  ]
}

/** Runs the comparison and prints it; the figures go to .out/bench as well. */
export const measureScale = async (effort: ScaleEffort): Promise<void> => {
  const quiet = Layer.succeed(References.MinimumLogLevel, "Warn")
  const results = await Effect.runPromise(compare(effort).pipe(Effect.scoped, Effect.provide(quiet)))
  for (const { calls, medianMicros, name } of results) {
    console.log(`${name.padEnd(46)}${medianMicros.toFixed(2)} us, ${calls} calls`)
  }
  console.log("")
  const ratios = judge(results)
  for (const { ratio, what } of ratios) {
    console.log(`${ratio <= bar ? "pass" : "MISS"}  ${what}: ratio ${ratio.toFixed(3)} (at most ${bar})`)
  }
  console.log(`\n${writeReport("scale-", { machine: machineOf(), effort, results, ratios, bar })}`)
}

if (import.meta.main) await measureScale(process.argv.includes("--quick") ? quickScale : fullScale)
