import * as Effect from "effect/Effect"
import type { Slot, Transport, TransportEvents } from "../../src/backend/Transport.ts"
import type { Json, JsonObject } from "../../src/domain/Json.ts"
import type { Launch } from "../../src/kernel/Launcher.ts"
import { isReply, objectIn, parseObject, textIn } from "../fixtures/envelope.ts"
import type { MemoryBackend } from "./memoryBackend.ts"
import { ownAnswer, type Received } from "./memoryServer.ts"

/** One line between the gateway and a scripted backend, with both ends of it under the test's control. */
export class MemoryLine implements Transport {
  readonly pid = undefined
  readonly slot: Slot
  /** What the gateway wrote, as text, oldest first. */
  readonly frames: Array<string> = []
  /** Every request, those that the server answers by itself too. */
  readonly requests: Array<Received> = []
  /** The requests that are left to the test or its script. */
  readonly calls: Array<Received> = []
  readonly notifications: Array<JsonObject> = []
  /** What the gateway answered to requests of the server, with their ids. */
  readonly answers: Array<JsonObject> = []
  /** The gateway has not let go of it yet. */
  alive = true
  readonly #backend: MemoryBackend
  readonly #events: TransportEvents
  readonly #launch: Launch<never>
  #exited = false

  constructor(backend: MemoryBackend, slot: Slot, events: TransportEvents, launch: Launch<never>) {
    this.#backend = backend
    this.slot = slot
    this.#events = events
    this.#launch = launch
  }

  readonly backlogBytes = (): number => 0
  readonly stderr = (): ReadonlyArray<string> => []
  /** The gateway wants it gone at once. It goes when its scope closes, as after any stop. */
  killed = false
  readonly kill = (): void => {
    this.killed = true
  }

  readonly write = (frame: string): void => {
    this.frames.push(frame)
    const message = parseObject(frame)
    if (message === undefined) throw new Error(`the gateway wrote what is no JSON object: ${frame.slice(0, 200)}`)
    const id = message["id"]
    if (isReply(message)) this.answers.push(message)
    else if (typeof id !== "string") this.notifications.push(message)
    else this.#take({ id, method: textIn(message, "method", ""), params: objectIn(message, "params") })
  }

  /** Calls that came and have no reply of the test's yet, as far as the script went through `reply` and `fail`. */
  readonly open = new Map<string, Received>()

  reply({ id }: Pick<Received, "id">, result: JsonObject): void {
    this.open.delete(id)
    this.send({ jsonrpc: "2.0", id, result })
  }

  fail({ id }: Pick<Received, "id">, code: number, message = "it failed"): void {
    this.open.delete(id)
    this.send({ jsonrpc: "2.0", id, error: { code, message } })
  }

  notify(method: string, params: JsonObject = {}): void {
    this.send({ jsonrpc: "2.0", method, params })
  }

  /** A request of the server to the client. */
  ask(id: Json, method: string, params: JsonObject = {}): void {
    this.send({ jsonrpc: "2.0", id, method, params })
  }

  send(message: JsonObject): void {
    this.sendText(JSON.stringify(message))
  }

  /** Any text as a frame of the server; several come in one read. Nothing comes from one that is gone. */
  sendText(...frames: ReadonlyArray<string>): void {
    if (this.alive && !this.#exited) this.#events.onFrames(frames)
  }

  oversize(bytes: number): void {
    if (this.alive && !this.#exited) this.#events.onOversize(bytes)
  }

  /** The server goes by itself. */
  exit(reason = "exited with code 1"): void {
    if (this.#exited || !this.alive) return
    this.#exited = true
    this.#events.onExit({ reason })
  }

  /** Does something later, unless the line has been closed by then. */
  later(millis: number, act: () => void): void {
    this.#launch("later", Effect.andThen(Effect.sleep(millis), Effect.sync(act)))
  }

  /** The gateway lets go of it. */
  close(): void {
    this.alive = false
    if (this.#exited) return
    this.#exited = true
    this.#events.onExit({ reason: "was stopped" })
  }

  #take(request: Received): void {
    this.requests.push(request)
    const { behaviour, offers } = this.#backend
    if (behaviour.connect === "silent") return
    const own = behaviour.answer(request) ?? ownAnswer(offers, request)
    if (own !== undefined) return this.reply(request, own)
    if (request.method === "server/discover") return this.fail(request, -32601, "Method not found")
    if (request.method === "subscriptions/listen") return
    this.calls.push(request)
    this.open.set(request.id, request)
    behaviour.onCall(request, this)
  }
}
