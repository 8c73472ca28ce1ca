import type { RequestId } from "../domain/Request.ts"
import type { Gateway } from "../gateway/Gateway.ts"
import type { Session } from "../gateway/Session.ts"
import type { Minor } from "../gateway/SessionSettings.ts"
import { parse, parseBatch } from "../protocol/Envelope.ts"
import type { Incoming } from "../protocol/Envelope.ts"
import { headOf, isNotification } from "./FrameHead.ts"
import type { FrameHead } from "./FrameHead.ts"
import { streamOf } from "./Ledger.ts"
import { replayPrefix } from "./Settlement.ts"
import type { Replay, Settlement } from "./Settlement.ts"

/** What is needed of a gateway to serve a client. */
export type ServingGateway = Pick<Gateway["Service"], "connect" | "flush" | "failed">

/** How a gateway numbers its questions (`gateway/ClientQuestions.ts`). */
const theirs = "sg-ask:"
/** How this one's go to the client: a late answer to the gateway before it must not be taken for one to it. */
const ours = "sg-ask:own:"

const anyList = { tools: true, prompts: true, resources: true } as const

/**
 * A client that another gateway has served until now, at a gateway of our own. That one is told what the client said
 * before; the client sees none of it but that the lists may be different.
 */
export class Takeover {
  readonly #session: Session
  readonly #gateway: ServingGateway
  readonly #put: (frame: string, minor: Minor) => void
  readonly #acknowledged: Set<RequestId>
  /** The resource that each silent replay without a reply is about, if about one. */
  readonly #silent = new Map<RequestId, string | undefined>()
  /** Resources that nobody knew yet; asked for again when the resources change. */
  readonly #unwatched = new Set<string>()
  #replays = 0

  constructor(gateway: ServingGateway, settlement: Settlement, put: (frame: string, minor: Minor) => void) {
    this.#gateway = gateway
    this.#put = put
    this.#acknowledged = new Set(settlement.acknowledged)
    this.#session = gateway.connect({ sessionId: "stdio", send: (frame, minor) => this.#send(frame, minor) })
    for (const replay of settlement.replays) this.#replay(replay)
    this.#session.listsChanged(anyList)
    gateway.flush()
  }

  get running(): number {
    return this.#session.running
  }

  /** Takes a frame of the client. */
  receive(frame: string): void {
    const message = this.#session.version === "2025-03-26" ? parseBatch(frame) : parse(frame)
    if (message._tag === "Batch") for (const each of message.messages) this.#take(each)
    else this.#take(message)
  }

  /** Lets what was put in run. */
  flush(): void {
    this.#gateway.flush()
  }

  close(): void {
    this.#session.close()
  }

  #take(message: Incoming): void {
    if (message._tag === "Request" && message.method === "resources/unsubscribe") {
      this.#unwatched.delete(String(message.params["uri"]))
    }
    if (message._tag !== "Reply") return this.#session.take(message)
    const { id } = message
    if (typeof id !== "string" || !id.startsWith(ours)) return
    this.#session.take({ ...message, id: theirs + id.slice(ours.length) })
  }

  #replay({ message, silent }: Replay): void {
    if (!silent || message._tag !== "Request") return this.#session.take(message)
    const { params } = message
    const id = `${replayPrefix}${++this.#replays}`
    this.#silent.set(id, typeof params["uri"] === "string" ? params["uri"] : undefined)
    this.#session.take({ ...message, id })
  }

  #send(frame: string, minor: Minor): void {
    const head = headOf(frame)
    if (head._tag === "Question") return this.#put(renamed(frame, askedFirst, ours), minor)
    if (head._tag === "Reply") return this.#silent.has(head.id) ? this.#replayed(head) : this.#put(frame, minor)
    if (this.#isKnown(frame)) return
    this.#put(renamed(frame, cancelledFirst, ours), minor)
    if (this.#unwatched.size > 0 && isNotification(frame, "notifications/resources/list_changed")) this.#watchAgain()
  }

  #replayed({ failed, id }: Extract<FrameHead, { _tag: "Reply" }>): void {
    const uri = this.#silent.get(id)
    this.#silent.delete(id)
    if (failed && uri !== undefined) this.#unwatched.add(uri)
  }

  /** The acknowledgement of a stream that the client has had one for. */
  #isKnown(frame: string): boolean {
    if (this.#acknowledged.size === 0 || !isNotification(frame, "notifications/subscriptions/acknowledged"))
      return false
    return this.#acknowledged.delete(streamOf(frame) ?? "")
  }

  #watchAgain(): void {
    const uris = [...this.#unwatched]
    this.#unwatched.clear()
    for (const uri of uris) {
      const message = { _tag: "Request", id: "", method: "resources/subscribe", params: { uri }, text: "" } as const
      this.#replay({ message, silent: true })
    }
    this.#gateway.flush()
  }
}

/** Frames begin as `protocol/Splice.ts` writes them. */
const askedFirst = `{"jsonrpc":"2.0","id":"${theirs}`
const cancelledFirst = `{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":"${theirs}`

const renamed = (frame: string, first: string, name: string): string =>
  frame.startsWith(first) ? first.slice(0, -theirs.length) + name + frame.slice(first.length) : frame
