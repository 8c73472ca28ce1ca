import type { Incoming } from "../protocol/Envelope.ts"
import { parse, parseBatch } from "../protocol/Envelope.ts"
import { refusalCodes } from "../domain/Outcome.ts"
import { LineFramer } from "../protocol/Framing.ts"
import { jsonRpcCodes } from "../protocol/JsonRpcCodes.ts"
import { metaKeys } from "../protocol/Meta.ts"
import { errorFrame, resultFrame } from "../protocol/Splice.ts"
import { closingLine } from "./AttachHello.ts"
import { Brake } from "./Brake.ts"
import type { StdioStreams } from "./ClientLine.ts"
import { Ledger } from "./Ledger.ts"
import { OutBox } from "./OutBox.ts"
import type { Reached } from "./ServerLine.ts"
import type { Settlement } from "./Settlement.ts"
import { Takeover } from "./Takeover.ts"
import type { ServingGateway } from "./Takeover.ts"

/** Characters of frames that wait for the next gateway; beyond it no more is read from the client. */
export const keptLength = 1024 * 1024

/**
 * One client, at the gateway that it is attached to and then, if that one goes away, at one of our own. Every request
 * gets its one end whatever happens between.
 */
export class RelayedClient {
  readonly out: OutBox
  readonly #reached: Reached
  readonly #frameBytes: number
  readonly #framer: LineFramer
  readonly #toServer: OutBox
  /** The client's line. It stands still while the client or the gateway does not read, and between two gateways. */
  readonly input: Brake
  readonly #ledger = new Ledger()
  /** Frames for the next gateway. */
  #kept: Array<string> = []
  #keptLength = 0
  /** Set once the gateway is gone. */
  #settlement: Settlement | undefined
  #takeover: Takeover | undefined

  /** `onLost`: the gateway is gone, and why; its client has been told what it has to know. */
  constructor({ input, output }: StdioStreams, reached: Reached, frameBytes: number, onLost: (reason: string) => void) {
    this.#reached = reached
    this.#frameBytes = frameBytes
    this.#framer = new LineFramer(frameBytes, true)
    this.input = new Brake(input)
    const { hello, line } = reached
    this.out = new OutBox(output, (full) => {
      this.input.set("client", full)
      if (full) line.pause()
      else line.resume()
    })
    this.#toServer = new OutBox(line.socket, (full) => this.input.set("server", full))
    const onEnd = (why: string) => {
      const reason = `the gateway process ${hello.pid} is gone (${why})`
      this.#lost(reason)
      onLost(reason)
    }
    line.listen((frame) => this.#fromServer(frame), onEnd)
    line.resume()
  }

  /** Requests without a reply. */
  get running(): number {
    if (this.#takeover !== undefined) return this.#takeover.running
    const { replays = [] } = this.#settlement ?? {}
    return this.#ledger.running.size + this.#kept.length + replays.filter(({ silent }) => !silent).length
  }

  /** Takes what a read brought. */
  readonly take = (chunk: Buffer): void => {
    this.#framer.push(chunk, this.#fromClient, this.#oversize)
    this.#takeover?.flush()
  }

  /** The client goes on at this gateway, once the other one is gone. */
  takeOver(gateway: ServingGateway): void {
    if (this.#settlement === undefined) return
    const takeover = new Takeover(gateway, this.#settlement, (frame, minor) => this.out.put(frame, minor))
    this.#takeover = takeover
    for (const frame of this.#kept.splice(0)) takeover.receive(frame)
    takeover.flush()
    this.input.set("kept", false)
    this.input.set("server", false)
  }

  /** Ends it: open streams get their last reply, whoever served is told. */
  close(): void {
    if (this.#takeover !== undefined) return this.#takeover.close()
    for (const id of this.#ledger.streams.keys()) {
      const result = { resultType: "complete", _meta: { [metaKeys.subscriptionId]: id } }
      this.out.put(resultFrame(id, JSON.stringify(result)), false)
    }
    this.#reached.line.hold()
    this.#reached.line.socket.destroySoon()
  }

  readonly #fromClient = (frame: string): void => {
    if (this.#takeover !== undefined) return this.#takeover.receive(frame)
    if (this.#settlement !== undefined) return this.#keep(frame)
    const incoming = this.#ledger.batches ? parseBatch(frame) : parse(frame)
    const messages = incoming._tag === "Batch" ? incoming.messages : [incoming]
    if (this.#ledger.closing && !messages.every((message) => this.#belongsToRunning(message))) return this.#keep(frame)
    if (!this.#ledger.hasRoom(messages.length)) return this.#refuse(messages)
    for (const message of messages) this.#ledger.sent(message)
    // The one line that would mean something to the other side is no message; so it is answered as one.
    this.#toServer.put(frame === closingLine ? ` ${frame}` : frame, false)
  }

  readonly #oversize = (): void => {
    const message = `a message may have at most ${this.#frameBytes} bytes (max_frame_bytes)`
    this.out.put(errorFrame(null, jsonRpcCodes.invalidRequest, message), false)
  }

  #fromServer(frame: string): void {
    if (frame !== closingLine) return this.#ledger.received(frame) ? this.out.put(frame, false) : undefined
    this.#ledger.closing = true
    this.#toServer.put(closingLine, false)
  }

  #lost(reason: string): void {
    this.#settlement = this.#ledger.settle(reason)
    for (const frame of this.#settlement.frames) this.out.put(frame, false)
    this.#ledger.running.clear()
    this.input.set("kept", true)
  }

  /** Whether it is about something that the gateway, which is about to end, still works on. */
  #belongsToRunning(message: Incoming): boolean {
    if (message._tag === "Reply") return true
    if (message._tag !== "Notification" || message.method !== "notifications/cancelled") return false
    const id = message.params["requestId"]
    return (typeof id === "string" || typeof id === "number") && this.#ledger.running.has(id)
  }

  #keep(frame: string): void {
    this.#kept.push(frame)
    this.#keptLength += frame.length
    if (this.#keptLength > keptLength) this.input.set("kept", true)
  }

  #refuse(messages: ReadonlyArray<Incoming>): void {
    const data = { source: "sentinel-gateway", certainty: "not_sent" }
    for (const message of messages) {
      if (message._tag !== "Request") continue
      this.out.put(errorFrame(message.id, refusalCodes.overloaded, "too many requests run at once", data), false)
    }
  }
}
