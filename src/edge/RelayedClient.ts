import type { Incoming } from "../protocol/Envelope.ts"
import { parse, parseBatch } from "../protocol/Envelope.ts"
import { ownData, refusalCodes } from "../domain/Outcome.ts"
import { LineFramer } from "../protocol/Framing.ts"
import { jsonRpcCodes } from "../protocol/JsonRpcCodes.ts"
import { metaKeys } from "../protocol/Meta.ts"
import { errorFrame, resultFrame } from "../protocol/Splice.ts"
import { closingLine, looksOwn, pingLine, pongLine } from "./AttachHello.ts"
import { partOf } from "./BatchPart.ts"
import { Brake } from "./Brake.ts"
import type { StdioStreams } from "./ClientLine.ts"
import { Ledger } from "./Ledger.ts"
import { OutBox } from "./OutBox.ts"
import { Pulse } from "./Pulse.ts"
import type { Reached } from "./ServerLine.ts"
import type { Settlement } from "./Settlement.ts"
import { Takeover } from "./Takeover.ts"
import type { ServingGateway } from "./Takeover.ts"

/** Characters of frames that wait for the next gateway; beyond it no more is read from the client. */
export const keptLength = 1024 * 1024

/** Signs of life that a gateway may fail to give in a row; then it counts as gone. */
export const missedBeats = 3

/** Looks in a row at which a gateway that has more than enough waiting for it took none of it; then it counts as gone. */
export const stalledLooks = 5

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
  readonly #pulse: Pulse
  /** The same while the gateway takes nothing. */
  readonly #stall: Pulse
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
    this.#toServer = new OutBox(line.socket, (full) => this.#stalled(full))
    this.#pulse = new Pulse(line.socket)
    this.#stall = new Pulse(line.socket)
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

  /** Asks the gateway for a sign of life. False: it is gone. */
  beat(): boolean {
    if (this.#settlement !== undefined) return false
    if (this.#pulse.look() < missedBeats) this.#toServer.put(pingLine, true)
    else this.#reached.line.giveUp("it shows no sign of life")
    return true
  }

  /** Looks after a client whose line stands still: at a gateway that works, that does not last. */
  look(): void {
    if (this.#settlement !== undefined || !this.input.holds("server")) return
    if (this.#stall.look() >= stalledLooks) this.#reached.line.giveUp("it takes nothing any more")
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
    if (this.#ledger.closing) return this.#late(frame, messages)
    const requests = messages.reduce((count, { _tag }) => (_tag === "Request" ? count + 1 : count), 0)
    if (!this.#ledger.hasRoom(requests)) return this.#refuse(messages)
    this.#send(frame, messages)
  }

  /** The gateway is about to end: it hears what belongs to what it still works on, the rest is for the next one. */
  #late(frame: string, messages: ReadonlyArray<Incoming>): void {
    const belongs = messages.filter((message) => this.#belongsToRunning(message))
    const now = partOf(frame, messages, (message) => belongs.includes(message))
    const later = partOf(frame, messages, (message) => !belongs.includes(message))
    if (now !== undefined) this.#send(now, belongs)
    if (later !== undefined) this.#keep(later)
  }

  #send(frame: string, messages: ReadonlyArray<Incoming>): void {
    for (const message of messages) this.#ledger.sent(message)
    // What would mean something to the other side of this line is no message; so it is answered as one.
    this.#toServer.put(looksOwn(frame) ? ` ${frame}` : frame, false)
  }

  #stalled(full: boolean): void {
    this.input.set("server", full)
    if (!full) this.#stall.reset()
  }

  readonly #oversize = (): void => {
    const message = `a message may have at most ${this.#frameBytes} bytes (max_frame_bytes)`
    this.out.put(errorFrame(null, jsonRpcCodes.invalidRequest, message), false)
  }

  #fromServer(frame: string): void {
    if (frame === pongLine) return
    if (frame !== closingLine) return this.#ledger.received(frame) ? this.out.put(frame, false) : undefined
    this.#ledger.closing = true
    this.#toServer.put(closingLine, false)
  }

  #lost(reason: string): void {
    this.#settlement = this.#ledger.settle(reason)
    for (const frame of this.#settlement.frames) this.out.put(frame, false)
    this.#ledger.running.clear()
    // Those that were not kept have had their end by this.
    for (const { id, text } of [...this.#ledger.streams.values()])
      if (text === undefined) this.#ledger.streams.delete(id)
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
    const data = ownData("not_sent")
    for (const message of messages) {
      if (message._tag !== "Request") continue
      this.out.put(errorFrame(message.id, refusalCodes.overloaded, "too many requests run at once", data), false)
    }
  }
}
