import type { Minor } from "../gateway/SessionSettings.ts"
import type { SessionEvents, StreamRecord } from "./SessionEvents.ts"
import type { SseResponse } from "./SseResponse.ts"

/** What a client that has lost a stream is told to wait before it comes back, in milliseconds. */
export const retryMillis = 1_000

/** Where a client was on which stream, as the event id that it got last says. */
export interface Cursor {
  readonly stream: number
  readonly sequence: number
}

/** Reads a `Last-Event-ID`; `undefined` for what is none of ours. */
export const readCursor = (eventId: string): Cursor | undefined => {
  const [, stream, sequence] = /^([0-9]{1,15})-([0-9]{1,15})$/.exec(eventId) ?? []
  return stream === undefined ? undefined : { stream: Number(stream), sequence: Number(sequence) }
}

/**
 * One stream of a session: messages with an id each, which outlive the connection that carries them. Only one connection
 * carries it at a time.
 */
export class EventStream implements StreamRecord {
  readonly number: number
  lostThrough = 0
  kept = 0
  ended = false
  readonly #events: SessionEvents
  /** Whether the client understands an event without data, which tells it where the stream begins. */
  readonly #primes: boolean
  #sequence = 0
  /** The last message that was put on a connection. */
  #delivered = 0
  #carrier: SseResponse | undefined

  constructor(number: number, events: SessionEvents, primes: boolean) {
    this.number = number
    this.#events = events
    this.#primes = primes
  }

  /** Whether a connection carries it now. */
  get carried(): boolean {
    return this.#carrier !== undefined
  }

  put(frame: string, minor: Minor): void {
    const carrier = this.#carrier
    if (minor === true && carrier === undefined) return
    const sequence = ++this.#sequence
    this.#events.add({ stream: this, sequence, frame, minor, bytes: Buffer.byteLength(frame) })
    if (carrier === undefined) return
    this.#delivered = sequence
    carrier.put(this.#event(sequence, frame), minor, frame)
  }

  /** Whether nothing that mattered was lost after this message. */
  resumable(after: number): boolean {
    return after <= this.#sequence && after >= this.lostThrough
  }

  /**
   * Goes on, on a connection, after the message that its client has last (`resumable` has said yes); without one, after
   * the last that any connection got, as far as it is still there. Takes the place of another connection.
   */
  carry(carrier: SseResponse, after?: number): void {
    this.#carrier?.end()
    this.#carrier = carrier
    const missed = this.#events.after(this, after ?? this.#delivered)
    if (this.#primes && after === undefined) {
      carrier.put(`id: ${this.number}-${this.#delivered}\nretry: ${retryMillis}\ndata: \n\n`, false, "")
    }
    for (const { frame, sequence } of missed) carrier.put(this.#event(sequence, frame), false, frame)
    this.#delivered = this.#sequence
  }

  /** The connection is gone. */
  dropped(carrier: SseResponse): void {
    if (this.#carrier === carrier) this.#carrier = undefined
  }

  comment(): void {
    this.#carrier?.comment()
  }

  /** Nothing more comes: the connection ends. */
  end(): void {
    this.ended = true
    this.#carrier?.end()
    this.#carrier = undefined
  }

  #event(sequence: number, frame: string): string {
    return `id: ${this.number}-${sequence}\ndata: ${frame}\n\n`
  }
}
