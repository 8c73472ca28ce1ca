import type { ServerResponse } from "node:http"
import type { Principal } from "../domain/Principal.ts"
import type { RequestId } from "../domain/Request.ts"
import type { Gateway } from "../gateway/Gateway.ts"
import type { Session } from "../gateway/Session.ts"
import type { Minor } from "../gateway/SessionSettings.ts"
import { Cells } from "../machine/Cells.ts"
import type { Incoming } from "../protocol/Envelope.ts"
import { EventStream, type Cursor } from "./EventStream.ts"
import type { Takes } from "./HttpHeaders.ts"
import type { OpenAnswer, OpenAnswers } from "./OpenAnswers.ts"
import { OpenQuestions } from "./OpenQuestions.ts"
import { PostAnswer } from "./PostAnswer.ts"
import type { SessionEvents } from "./SessionEvents.ts"
import { SseResponse } from "./SseResponse.ts"

/** What a session is opened with. */
export interface HttpSessionSettings {
  readonly gateway: Gateway["Service"]
  readonly answers: OpenAnswers
  readonly events: SessionEvents
  readonly principal: Principal
  readonly scope: string | undefined
  /** Its name inside the gateway; the secret that its client shows is another one. */
  readonly sessionId: string
}

const nothing: ReadonlySet<RequestId> = new Set()

/** From this revision on clients understand an event that has an id and no data. */
const firstPrimed = "2025-11-25"

/**
 * One session of the stateful era (MCP 2025-11-25, transports, "Session Management"). Each message goes out on exactly
 * one stream: what is about a request on the response to its POST, the rest on the stream that the client has opened
 * with GET.
 */
export class HttpSession implements OpenAnswer {
  readonly principal: Principal
  readonly scope: string | undefined
  /** The keep-alive period in which its client was last heard of. */
  lastHeard = 0
  /** The one in which it last was there: it sent something, or had a response open. */
  lastNear = 0
  readonly answers: OpenAnswers
  readonly #session: Session
  readonly #events: SessionEvents
  readonly #requests = new Cells<RequestId, PostAnswer>()
  /** Those that a client can come back to. */
  readonly #streams = new Cells<number, EventStream>()
  #streamCount = 0
  /** What the client gets by GET; made when something is there for it, or the client asks. */
  #general: EventStream | undefined
  /** What the client has to answer; made with the first question. */
  #questions: OpenQuestions | undefined

  constructor({ answers, events, gateway, principal, scope, sessionId }: HttpSessionSettings) {
    this.principal = principal
    this.scope = scope
    this.answers = answers
    this.#events = events
    this.#session = gateway.connect({
      sessionId,
      principal,
      scope,
      send: (frame, minor, about, last) => this.#send(frame, minor, about, last),
      unanswered: (id) => this.#unanswered(id)
    })
  }

  /** The revision that was agreed on. */
  get version(): string | undefined {
    return this.#session.version
  }

  /** Whether something is open or running. */
  get busy(): boolean {
    return this.#requests.size > 0 || this.#general?.carried === true
  }

  /** Whether its client has no response open on which it could be told anything. */
  get away(): boolean {
    if (this.#general?.carried === true) return false
    for (const answer of this.#requests.values()) if (answer.reachable) return false
    return true
  }

  /** How many answers wait for nothing but a client who is away. */
  get strandedCalls(): number {
    const asked = this.#stranded()
    if (asked.size === 0) return 0
    let count = 0
    for (const answer of new Set(this.#requests.values())) if (answer.waitsOnlyFor(asked)) count++
    return count
  }

  /** Whether a request of this id runs. */
  has(id: RequestId): boolean {
    return this.#requests.has(id) || this.#session.has(id)
  }

  /** Puts in the messages of one POST; `ids` are those of its requests. */
  post(
    messages: ReadonlyArray<Incoming>,
    ids: ReadonlyArray<RequestId>,
    response: ServerResponse,
    takes: Takes,
    isBatch: boolean
  ): void {
    if (ids.length > 0) {
      const answer = new PostAnswer(response, takes, this, ids, isBatch)
      for (const id of ids) this.#requests.set(id, answer)
    }
    for (const message of messages) {
      if (message._tag === "Reply") this.#questions?.answered(message.id)
      this.#session.take(message)
    }
  }

  /** Opens the stream of what is about no request; an older one of it ends. */
  listen(response: ServerResponse): void {
    this.#carry(this.#generalStream(), response, undefined)
  }

  /** Goes on with a stream where its client lost it; false: that is not possible any more. */
  resume({ sequence, stream: number }: Cursor, response: ServerResponse): boolean {
    const stream = number === 0 ? this.#generalStream() : this.#streams.get(number)
    if (stream === undefined || !stream.resumable(sequence)) return false
    this.#carry(stream, response, sequence)
    return true
  }

  readonly openStream = (): EventStream => {
    const stream = this.#newStream(++this.#streamCount)
    this.#streams.set(stream.number, stream)
    return stream
  }

  /** Of streams that have ended, those are remembered that have something left; there are as many as kept messages. */
  readonly streamEnded = (): void => {
    for (const { ended, kept, number } of this.#streams.values()) if (ended && kept === 0) this.#streams.delete(number)
  }

  tick(): void {
    this.#general?.comment()
  }

  /** The client has been away for too long: ends the requests for which it would have to be asked. */
  giveUp(): void {
    for (const requestId of this.#stranded()) {
      this.#requests.get(requestId)?.giveUp(requestId)
      const params = { requestId, reason: "the client that was asked is gone" }
      this.#session.take({ _tag: "Notification", method: "notifications/cancelled", params, text: "" })
    }
  }

  /** Ends the session: what runs is cancelled, every stream ends. */
  abandon(): void {
    for (const answer of new Set(this.#requests.values())) answer.abandon()
    this.#requests.clear()
    this.#session.close()
    this.#general?.end()
    this.answers.streamEnded(this)
    this.#events.clear()
  }

  #carry(stream: EventStream, response: ServerResponse, after: number | undefined): void {
    const carrier = new SseResponse(response, this.answers.unread)
    response.once("close", () => stream.dropped(carrier))
    stream.carry(carrier, after)
    if (stream.ended) stream.end()
  }

  #generalStream(): EventStream {
    if (this.#general !== undefined) return this.#general
    this.answers.streamBegan(this)
    return (this.#general = this.#newStream(0))
  }

  #newStream(number: number): EventStream {
    return new EventStream(number, this.#events, (this.version ?? "") >= firstPrimed)
  }

  #send(frame: string, minor: Minor, about: RequestId | undefined, last: boolean): void {
    const answer = about === undefined ? undefined : this.#requests.get(about)
    if (about !== undefined && last) {
      this.#ended(about)
      return answer?.reply(about, frame)
    }
    if (about !== undefined && minor === false) (this.#questions ??= new OpenQuestions()).sent(frame, about)
    if (answer?.put(frame, minor) === true) return
    // A question must reach its client somehow, or the call it belongs to would wait for nothing.
    if (about === undefined || minor === false) this.#generalStream().put(frame, minor)
  }

  #unanswered(id: RequestId): void {
    const answer = this.#requests.get(id)
    this.#ended(id)
    answer?.unanswered(id)
  }

  #ended(id: RequestId): void {
    this.#requests.delete(id)
    this.#questions?.ended(id)
  }

  /** Requests for which a client is asked who is away. */
  #stranded(): ReadonlySet<RequestId> {
    return this.#questions !== undefined && this.away ? this.#questions.requests : nothing
  }
}
