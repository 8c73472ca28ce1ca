import type { ServerResponse } from "node:http"
import type { RequestId } from "../domain/Request.ts"
import type { Minor } from "../gateway/SessionSettings.ts"
import { clientAway, cutOff, sendEmpty, sendJson, stillWorking } from "./HttpAnswer.ts"
import type { EventStream } from "./EventStream.ts"
import type { Takes } from "./HttpHeaders.ts"
import type { OpenAnswer, OpenAnswers } from "./OpenAnswers.ts"
import { SseResponse } from "./SseResponse.ts"

/** What an answer needs of its session. */
export interface PostSurroundings {
  readonly answers: OpenAnswers
  /** A new stream of the session, whose messages can be sent again. */
  readonly openStream: () => EventStream
  /** Nothing more comes on it. */
  readonly streamEnded: (stream: EventStream) => void
}

/**
 * The answer to one POST with requests in a session of the stateful era: JSON when the reply is the first thing that
 * comes, else a stream with event ids. A client that goes away has not cancelled anything: what it asked for goes on,
 * and what had become a stream can be taken up again (MCP 2025-11-25, transports, "Sending Messages to the Server").
 */
export class PostAnswer implements OpenAnswer {
  readonly #response: ServerResponse
  readonly #takes: Takes
  readonly #surroundings: PostSurroundings
  readonly #isBatch: boolean
  /** Its number among the open answers. */
  readonly #number: number
  readonly #waiting: Set<RequestId>
  #stream: EventStream | undefined
  /** Replies to a batch for a client that takes no stream. */
  #collected: Array<string> | undefined
  #connected = true
  #ticked = false
  /** Requests that are ended in place of their client, who has not cancelled them. */
  #givenUp: Set<RequestId> | undefined

  constructor(
    response: ServerResponse,
    takes: Takes,
    surroundings: PostSurroundings,
    ids: ReadonlyArray<RequestId>,
    isBatch: boolean
  ) {
    this.#response = response
    this.#takes = takes
    this.#surroundings = surroundings
    this.#waiting = new Set(ids)
    this.#isBatch = isBatch
    this.#number = surroundings.answers.callBegan(this)
    response.once("close", () => {
      this.#connected = false
    })
  }

  /** Whether the client has it open. */
  get reachable(): boolean {
    return this.#connected || this.#stream?.carried === true
  }

  /** Whether nothing is to come but replies to these. */
  waitsOnlyFor(ids: ReadonlySet<RequestId>): boolean {
    for (const id of this.#waiting) if (!ids.has(id)) return false
    return true
  }

  /** A request is about to be cancelled that is due an answer all the same, should its client come back. */
  giveUp(id: RequestId): void {
    ;(this.#givenUp ??= new Set()).add(id)
  }

  /** A message about a request that runs; false: this client can't be told on this response. */
  put(frame: string, minor: Minor): boolean {
    if (!this.#begun()) return false
    this.#stream?.put(frame, minor)
    return true
  }

  /** The reply to a request. */
  reply(id: RequestId, frame: string): void {
    this.#waiting.delete(id)
    const asJson = this.#stream === undefined && this.#takes.json && !(this.#isBatch && this.#takes.sse)
    if (!asJson) this.put(frame, false)
    else if (this.#isBatch) (this.#collected ??= []).push(frame)
    else if (this.#connected) this.#sendJson(frame)
    if (this.#waiting.size === 0) this.#end()
  }

  /** A request was cancelled: it gets no reply. */
  unanswered(id: RequestId): void {
    if (this.#givenUp?.has(id) === true) return this.reply(id, clientAway(id))
    this.#waiting.delete(id)
    if (this.#waiting.size === 0) this.#end()
  }

  /** A call that takes long goes on as a stream: nobody takes it for dead, and its client can come back to it. */
  tick(): void {
    if (!this.#takes.sse) return stillWorking(this.#response)
    if (!this.#ticked) this.#ticked = true
    else if (this.#begun()) this.#stream?.comment()
  }

  abandon(): void {
    for (const id of this.#waiting) this.reply(id, cutOff(id, "session"))
  }

  #sendJson(text: string): void {
    sendJson(this.#response, 200, text)
    this.#surroundings.answers.unread.written(this.#response)
  }

  #begun(): boolean {
    if (this.#stream !== undefined) return true
    // Gone before it got an event id, the client can't come back to this.
    if (!this.#takes.sse || !this.#connected) return false
    const { openStream } = this.#surroundings
    const stream = openStream()
    this.#stream = stream
    const carrier = new SseResponse(this.#response, this.#surroundings.answers.unread)
    this.#response.once("close", () => stream.dropped(carrier))
    stream.carry(carrier)
    return true
  }

  #end(): void {
    const { answers, streamEnded } = this.#surroundings
    answers.callEnded(this.#number)
    if (this.#stream !== undefined) {
      this.#stream.end()
      return streamEnded(this.#stream)
    }
    if (this.#collected !== undefined) return this.#sendJson(`[${this.#collected.join(",")}]`)
    if (!this.#connected || this.#response.headersSent) return
    // To a POST with a request the answer is JSON or a stream: one without an event says that nothing comes.
    if (this.#takes.sse) new SseResponse(this.#response, answers.unread).end()
    else sendEmpty(this.#response, 202)
  }
}
