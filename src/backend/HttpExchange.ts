import { EventStream } from "../protocol/EventStream.ts"
import type { Challenge } from "./Credentials.ts"
import type { ResponseHeaders, WireController, WireHandler } from "./Wire.ts"

/** How the body of a response is read: whole, event by event, or not at all. */
export type Reading = "whole" | "events" | "not"

/** Bytes of an unwanted body that are read so that its connection can be used again; beyond them it is closed. */
export const unwantedBytes = 16 * 1024

/** Pieces of a body before they are joined: a server that sends byte by byte costs no list. */
const loosePieces = 256

/** The first value of a header. */
export const headerOf = (headers: ResponseHeaders, name: string): string | undefined => {
  const value = headers[name]
  return typeof value === "string" ? value : value?.[0]
}

/** Whether a response is of this media type, whatever its parameters. */
export const isType = (headers: ResponseHeaders, type: string): boolean => {
  const value = headerOf(headers, "content-type") ?? ""
  return value.slice(0, type.length).toLowerCase() === type && /^\s*(?:;|$)/.test(value.slice(type.length))
}

/** Longest `WWW-Authenticate` that is looked at. */
export const challengeLength = 8_192

/** A 403 without a challenge says that this may not be done, whoever asks (RFC 9110, 15.5.4). */
export const challengeOf = (status: number, headers: ResponseHeaders): Challenge | undefined => {
  const value = headers["www-authenticate"]
  const header = (Array.isArray(value) ? value.join(", ") : value)?.slice(0, challengeLength)
  if (status === 401) return { status, header }
  return status === 403 && header !== undefined ? { status, header } : undefined
}

/**
 * One HTTP request and its response, as a wire tells of them. Who extends it hears of the head, of what the body holds,
 * and of exactly one end: `ended` or `failed`; of nothing after `abort`. A body or an event beyond `maxBytes` is told
 * by `oversize`, and the rest of it is not handed on.
 */
export abstract class HttpExchange implements WireHandler {
  readonly #maxBytes: number
  #controller: WireController | undefined
  #reading: Reading = "not"
  #chunks: Array<Buffer> = []
  #loose = 0
  #bytes = 0
  #events: EventStream | undefined
  /** All of the response is here. */
  #isComplete = false
  #isOver = false

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes
  }

  /** Whether its first bytes have gone to a socket. */
  get sent(): boolean {
    return this.#controller !== undefined
  }
  /** Nothing more of it comes. */
  get isOver(): boolean {
    return this.#isComplete || this.#isOver
  }
  /** Where an event stream can be gone on with. */
  get lastEventId(): string | undefined {
    return this.#events?.lastEventId
  }
  get retryMillis(): number | undefined {
    return this.#events?.retryMillis
  }

  /** Ends it, with its connection if it is on one. */
  abort(): void {
    if (this.#isOver) return
    this.#isOver = true
    this.#chunks = []
    this.#controller?.abort(aborted)
  }

  protected abstract head(status: number, headers: ResponseHeaders): Reading
  protected abstract whole(text: string): void
  protected abstract event(type: string, data: string): void
  /** All events of one read have been told. */
  protected abstract eventsRead(): void
  protected abstract oversize(bytes: number): void
  /** The response is complete. */
  protected abstract ended(): void
  protected abstract failed(error: Error): void

  onRequestStart(controller: WireController): void {
    if (this.#isOver) return controller.abort(aborted)
    this.#controller = controller
  }

  onResponseStart(_controller: WireController, status: number, headers: ResponseHeaders): void {
    if (this.#isOver || status < 200) return
    this.#reading = this.head(status, headers)
    if (this.#reading === "events") this.#events = new EventStream(this.#maxBytes)
  }

  onResponseData(_controller: WireController, chunk: Buffer): void {
    if (this.#isOver) return
    if (this.#events !== undefined) {
      this.#events.push(chunk, this.#onEvent, this.#onOversize)
      return this.eventsRead()
    }
    this.#bytes += chunk.length
    if (this.#reading === "not") return this.#bytes > unwantedBytes ? this.#controller?.abort(aborted) : undefined
    if (this.#bytes <= this.#maxBytes) return this.#keep(chunk)
    this.#chunks = []
    this.#onOversize(this.#bytes)
    this.#controller?.abort(aborted)
  }

  onResponseEnd(): void {
    if (this.#isOver) return
    this.#isComplete = true
    if (this.#reading === "whole") {
      const [first] = this.#chunks
      const body = this.#chunks.length === 1 && first !== undefined ? first : Buffer.concat(this.#chunks, this.#bytes)
      this.#chunks = []
      this.whole(body.toString("utf8"))
    }
    if (this.#isOver) return
    this.#isOver = true
    this.ended()
  }

  onResponseError(_controller: WireController | null, error: Error): void {
    if (this.#isOver) return
    this.#isOver = true
    this.failed(error)
  }

  #keep(chunk: Buffer): void {
    this.#chunks.push(chunk)
    if (++this.#loose < loosePieces) return
    this.#chunks.push(Buffer.concat(this.#chunks.splice(-loosePieces)))
    this.#loose = 0
  }

  readonly #onEvent = (type: string, data: string): void => {
    if (!this.#isOver) this.event(type, data)
  }

  readonly #onOversize = (bytes: number): void => {
    if (!this.#isOver) this.oversize(bytes)
  }
}

const aborted = new Error("not wanted any more")
