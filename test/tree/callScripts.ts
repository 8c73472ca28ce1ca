import * as Effect from "effect/Effect"
import * as fc from "fast-check"
import { backendDefaults } from "../../src/domain/BackendSpec.ts"
import { objectIn, type Id } from "../fixtures/envelope.ts"
import { MemoryBackend } from "./memoryBackend.ts"
import type { MemoryClient } from "./memoryClient.ts"
import { memoryGateway, pass, settle, specOf, type MemoryGateway } from "./memoryGateway.ts"
import { echoResult, type Received } from "./memoryServer.ts"

/** What may happen to a gateway between two clients and two backends. `pick` chooses among what there is. */
export type Step =
  | {
      readonly _tag: "Call"
      readonly client: number
      readonly backend: number
      readonly again: boolean
      readonly modern: boolean
    }
  | {
      readonly _tag: "Burst"
      readonly client: number
      readonly backend: number
      readonly again: boolean
      readonly calls: number
    }
  | { readonly _tag: "Cancel"; readonly client: number; readonly pick: number }
  | { readonly _tag: "Reply"; readonly backend: number; readonly pick: number; readonly code: number | undefined }
  /** A second reply to a call that has one. */
  | { readonly _tag: "Duplicate"; readonly backend: number; readonly pick: number }
  /** A reply to a request that was never made. */
  | { readonly _tag: "Unknown"; readonly backend: number }
  | { readonly _tag: "Progress"; readonly backend: number; readonly pick: number }
  | { readonly _tag: "Garbage"; readonly backend: number }
  | { readonly _tag: "Exit"; readonly backend: number }
  | { readonly _tag: "Refuse"; readonly backend: number; readonly on: boolean }
  | { readonly _tag: "Pass"; readonly millis: number }

const either = fc.nat({ max: 1 })
const pick = fc.nat({ max: 1_000 })
const code = fc.constantFrom(undefined, undefined, undefined, -32603, -32602)

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({
      _tag: fc.constant("Call"),
      client: either,
      backend: either,
      again: fc.boolean(),
      modern: fc.boolean()
    })
  },
  {
    weight: 2,
    arbitrary: fc.record({
      _tag: fc.constant("Burst"),
      client: either,
      backend: either,
      again: fc.boolean(),
      calls: fc.integer({ min: 2, max: 7 })
    })
  },
  { weight: 3, arbitrary: fc.record({ _tag: fc.constant("Cancel"), client: either, pick }) },
  { weight: 8, arbitrary: fc.record({ _tag: fc.constant("Reply"), backend: either, pick, code }) },
  { weight: 2, arbitrary: fc.record({ _tag: fc.constant("Duplicate"), backend: either, pick }) },
  { weight: 1, arbitrary: fc.record({ _tag: fc.constant("Unknown"), backend: either }) },
  { weight: 1, arbitrary: fc.record({ _tag: fc.constant("Progress"), backend: either, pick }) },
  { weight: 1, arbitrary: fc.record({ _tag: fc.constant("Garbage"), backend: either }) },
  { weight: 2, arbitrary: fc.record({ _tag: fc.constant("Exit"), backend: either }) },
  { weight: 1, arbitrary: fc.record({ _tag: fc.constant("Refuse"), backend: either, on: fc.boolean() }) },
  { weight: 4, arbitrary: fc.record({ _tag: fc.constant("Pass"), millis: fc.integer({ min: 1, max: 700 }) }) }
)

export const script: fc.Arbitrary<ReadonlyArray<Step>> = fc.array(step, { minLength: 5, maxLength: 60, size: "max" })

/** A call of a script: `text` is found in every frame that carries it, and in its echo. */
export interface Made {
  readonly client: MemoryClient
  readonly id: Id
  readonly text: string
  /** It may be sent twice: the operator said so. */
  readonly again: boolean
  /** It had no reply when its client cancelled it. */
  cancelled: boolean
}

/** What a script left behind. */
export interface Played {
  readonly tree: MemoryGateway
  readonly backends: ReadonlyArray<MemoryBackend>
  readonly clients: ReadonlyArray<MemoryClient>
  readonly made: ReadonlyArray<Made>
}

export const retries = 1

const timeoutMillis = 1_000

const backendNamed = (name: string, era: "legacy" | "modern"): MemoryBackend => {
  const bounds = { ...backendDefaults.boundsStdio, inFlight: 2, queued: 3 }
  const restart = { ...backendDefaults.restart, jitter: 0, baseMillis: 100, intensity: 3 }
  const circuit = { ...backendDefaults.circuit, jitter: 0, openMillis: 500 }
  const spec = specOf(name, { bounds, restart, circuit, retries, timeoutMillis, idempotentTools: ["again"] })
  return new MemoryBackend(spec, { era, tools: ["once", "again"] })
}

/** Plays a script, then lets everything end by itself. */
export const play = Effect.fnUntraced(function* (steps: ReadonlyArray<Step>) {
  const backends = [backendNamed("old", "legacy"), backendNamed("new", "modern")]
  const tree = yield* memoryGateway({ backends })
  const clients = [tree.connect().open(), tree.connect().open()]
  const stage = new Stage(backends, clients)
  for (const next of steps) {
    stage.act(next)
    yield* next._tag === "Pass" ? pass(next.millis) : settle
  }
  yield* pass(timeoutMillis)
  yield* pass(timeoutMillis)
  const played: Played = { tree, backends, clients, made: stage.made }
  return played
})

class Stage {
  readonly made: Array<Made> = []
  readonly #backends: ReadonlyArray<MemoryBackend>
  readonly #clients: ReadonlyArray<MemoryClient>

  constructor(backends: ReadonlyArray<MemoryBackend>, clients: ReadonlyArray<MemoryClient>) {
    this.#backends = backends
    this.#clients = clients
  }

  act(step: Step): void {
    if (step._tag === "Pass") return
    if (step._tag === "Cancel") return this.#cancel(step)
    const backend = this.#backends[step.backend]
    if (backend === undefined) return
    switch (step._tag) {
      case "Call":
        return this.#call(step.client, backend, step.again, step.modern, 1)
      case "Burst":
        return this.#call(step.client, backend, step.again, false, step.calls)
      case "Refuse":
        backend.behaviour.connect = step.on ? "refused" : "ok"
        return
      default:
        // Before its first line there is nobody that could do anything.
        return backend.lines.length === 0 ? undefined : this.#serve(step, backend)
    }
  }

  #call(index: number, backend: MemoryBackend, again: boolean, modern: boolean, calls: number): void {
    const client = this.#clients[index]
    if (client === undefined) return
    const messages = Array.from({ length: calls }, (_, offset) => {
      const text = `canary ${this.made.length + offset}.`
      const name = `${backend.spec.name}__${again ? "again" : "once"}`
      const options = { id: this.made.length + offset + 1, progressToken: 7, ...(modern ? { modern: {} } : {}) }
      return {
        text,
        message: client.requestMessage("tools/call", { name, arguments: { text } }, options),
        id: options.id
      }
    })
    for (const { id, text } of messages) this.made.push({ client, id, text, again, cancelled: false })
    client.send(...messages.map(({ message }) => message))
  }

  #cancel({ client, pick }: Extract<Step, { readonly _tag: "Cancel" }>): void {
    const own = this.made.filter((made) => made.client === this.#clients[client])
    const made = own[pick % Math.max(1, own.length)]
    if (made === undefined) return
    if (made.client.repliesTo(made.id).length === 0) made.cancelled = true
    made.client.cancel(made.id)
  }

  #serve(
    step: Exclude<Step, { readonly _tag: "Call" | "Burst" | "Cancel" | "Refuse" | "Pass" }>,
    backend: MemoryBackend
  ): void {
    const { line } = backend
    switch (step._tag) {
      case "Reply": {
        const call = [...line.open.values()][step.pick % Math.max(1, line.open.size)]
        if (call === undefined) return
        return step.code === undefined ? line.reply(call, echoResult(call)) : line.fail(call, step.code, textOf(call))
      }
      case "Duplicate": {
        const done = line.calls.filter(({ id }) => !line.open.has(id))
        const call = done[step.pick % Math.max(1, done.length)]
        return call === undefined ? undefined : line.reply(call, echoResult(call))
      }
      case "Unknown":
        return line.reply({ id: "sg:99999" }, { content: [] })
      case "Progress": {
        const call = line.calls[step.pick % Math.max(1, line.calls.length)]
        if (call !== undefined) line.notify("notifications/progress", { progressToken: call.id, progress: 1 })
        return
      }
      case "Garbage":
        return line.sendText("no JSON at all")
      case "Exit":
        return line.exit()
    }
  }
}

const textOf = ({ params }: Received): string => String(objectIn(params, "arguments")["text"])
