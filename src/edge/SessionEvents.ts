import type { Minor } from "../gateway/SessionSettings.ts"
import type { HttpBounds } from "./HttpSettings.ts"

/** What is remembered of a stream beside its messages. */
export interface StreamRecord {
  readonly number: number
  /** The last message that was lost although it mattered; 0: none. */
  lostThrough: number
  /** Messages of it that are kept. */
  kept: number
  /** Nothing more comes on it. */
  ended: boolean
}

/** A message that can be sent again, under the number it has in its stream. */
export interface Kept {
  readonly stream: StreamRecord
  readonly sequence: number
  readonly frame: string
  readonly bytes: number
  /** A text is a hint's name: a later one of the same name stands for it. */
  readonly minor: Minor
}

/** Where the messages of all sessions are. */
export interface KeptIn {
  readonly entered: (event: Kept, session: SessionEvents) => void
  readonly left: (event: Kept) => void
}

/** The messages of one session that can be sent again, within its own bounds: no session sees another's. */
export class SessionEvents {
  readonly #store: KeptIn
  readonly #bounds: Pick<HttpBounds, "replayEvents" | "replayBytes">
  readonly #kept = new Set<Kept>()
  #bytes = 0

  constructor(store: KeptIn, bounds: Pick<HttpBounds, "replayEvents" | "replayBytes">) {
    this.#store = store
    this.#bounds = bounds
  }

  add(event: Kept): void {
    if (typeof event.minor === "string") this.#supersede(event)
    this.#kept.add(event)
    this.#bytes += event.bytes
    event.stream.kept++
    this.#store.entered(event, this)
    const { replayBytes, replayEvents } = this.#bounds
    while (this.#kept.size > replayEvents || this.#bytes > replayBytes) {
      const oldest = this.#kept.values().next().value
      if (oldest === undefined) return
      this.lose(oldest)
    }
  }

  /** What is kept of a stream after a message, in order. */
  after(stream: StreamRecord, sequence: number): ReadonlyArray<Kept> {
    return [...this.#kept].filter((event) => event.stream === stream && event.sequence > sequence)
  }

  /** Makes room: the message can't be sent again. */
  lose(event: Kept): void {
    this.#drop(event)
    // Progress and log messages may be lost on the way as well.
    if (event.minor !== true) event.stream.lostThrough = event.sequence
  }

  clear(): void {
    for (const event of this.#kept) this.#drop(event)
  }

  #supersede({ minor, stream }: Kept): void {
    for (const event of this.#kept) {
      if (event.minor === minor && event.stream === stream) return this.#drop(event)
    }
  }

  #drop(event: Kept): void {
    if (!this.#kept.delete(event)) return
    this.#bytes -= event.bytes
    event.stream.kept--
    this.#store.left(event)
  }
}
