import { StringDecoder } from "node:string_decoder"

/** Longest event id that is kept; a longer one is none, and its stream can't be resumed from there. */
export const eventIdLength = 1_024

/** What each line of data counts for besides its bytes, from the second line of an event on: an empty one is not free. */
export const lineBytes = 64

/** Pieces of an unfinished line before they are joined: a server that sends byte by byte costs no list. */
const loosePieces = 256

/** Takes one event: its type (`message` where the stream names none) and its data. */
export type OnEvent = (type: string, data: string) => void

/**
 * Reads server-sent events from a byte stream (WHATWG HTML, 9.2.6 "Interpreting an event stream"): lines end with LF,
 * CR or both; comments and unknown fields are skipped; an event without data is none, though its id counts.
 *
 * An event whose data has more than `maxBytes`, its lines included (`lineBytes`), is dropped up to its end and reported
 * once. No more than that and the chunk at hand are held. The rest of an ended stream is no event.
 */
export class EventStream {
  readonly #maxBytes: number
  readonly #decoder = new StringDecoder("utf8")
  #pieces: Array<string> = []
  #loose = 0
  #pieceLength = 0
  #type = ""
  #data: Array<string> = []
  #dataBytes = 0
  #dropping = false
  #afterReturn = false
  #begun = false
  /** Counts with the end of its event. */
  #id: string | undefined
  #lastEventId: string | undefined
  #retryMillis: number | undefined

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes
  }

  /** The id of the last event that had one: where to go on from (`Last-Event-ID`). */
  get lastEventId(): string | undefined {
    return this.#lastEventId
  }

  /** How long the server wants to be left alone before a reconnect. */
  get retryMillis(): number | undefined {
    return this.#retryMillis
  }

  /** Takes the next bytes. `onOversize` gets the size of an event as it crosses the bound. */
  push(chunk: Buffer, onEvent: OnEvent, onOversize: (bytes: number) => void): void {
    let text = this.#normal(this.#decoder.write(chunk))
    if (text === "") return
    if (!this.#begun) {
      this.#begun = true
      if (text.startsWith("\ufeff")) text = text.slice(1)
    }
    let from = 0
    for (let to = text.indexOf("\n"); to >= 0; to = text.indexOf("\n", from)) {
      this.#line(this.#joined(text.slice(from, to)), onEvent, onOversize)
      from = to + 1
    }
    if (from < text.length) this.#keep(text.slice(from), onOversize)
  }

  /** Every end of a line as a line feed. CR LF may come in two chunks. */
  #normal(text: string): string {
    if (text === "") return text
    const whole = this.#afterReturn && text.startsWith("\n") ? text.slice(1) : text
    this.#afterReturn = text.endsWith("\r")
    return whole.includes("\r") ? whole.replaceAll("\r\n", "\n").replaceAll("\r", "\n") : whole
  }

  #joined(end: string): string {
    if (this.#pieces.length === 0) return end
    const line = `${this.#pieces.join("")}${end}`
    this.#pieces = []
    this.#loose = 0
    this.#pieceLength = 0
    return line
  }

  #keep(piece: string, onOversize: (bytes: number) => void): void {
    const held = this.#pieceLength + piece.length + this.#dataBytes + Math.max(0, this.#data.length - 1) * lineBytes
    if (!this.#dropping && held > this.#maxBytes + fieldLength) this.#drop(held, onOversize)
    // While dropping, the beginning of the line is kept alone: it says only whether the line is empty.
    if (this.#dropping && this.#pieceLength > 0) return
    this.#pieces.push(this.#dropping ? piece.slice(0, 1) : piece)
    this.#pieceLength += piece.length
    if (++this.#loose < loosePieces) return
    this.#pieces.push(this.#pieces.splice(-loosePieces).join(""))
    this.#loose = 0
  }

  #line(line: string, onEvent: OnEvent, onOversize: (bytes: number) => void): void {
    if (line === "") return this.#dispatch(onEvent)
    if (this.#dropping) return
    const colon = line.indexOf(":")
    if (colon === 0) return
    const field = colon < 0 ? line : line.slice(0, colon)
    const value = colon < 0 ? "" : line.slice(line.charCodeAt(colon + 1) === 0x20 ? colon + 2 : colon + 1)
    if (field === "data") this.#add(value, onOversize)
    else if (field === "event") this.#type = value.slice(0, fieldLength)
    else if (field === "id" && !hasControl(value)) {
      this.#id = value === "" || value.length > eventIdLength ? undefined : value
    } else if (field === "retry" && /^[0-9]{1,9}$/.test(value)) this.#retryMillis = Number(value)
  }

  #add(value: string, onOversize: (bytes: number) => void): void {
    const bytes = this.#dataBytes + Buffer.byteLength(value)
    const cost = bytes + this.#data.length * lineBytes
    if (cost > this.#maxBytes) return this.#drop(cost, onOversize)
    this.#data.push(value)
    this.#dataBytes = bytes + 1
  }

  #drop(bytes: number, onOversize: (bytes: number) => void): void {
    this.#dropping = true
    this.#pieces = []
    this.#loose = 0
    this.#pieceLength = 0
    this.#data = []
    this.#dataBytes = 0
    onOversize(bytes)
  }

  #dispatch(onEvent: OnEvent): void {
    const data = this.#data
    const type = this.#type
    this.#type = ""
    this.#dropping = false
    this.#lastEventId = this.#id
    if (data.length === 0) return
    this.#data = []
    this.#dataBytes = 0
    onEvent(type === "" ? "message" : type, data.length === 1 ? (data[0] ?? "") : data.join("\n"))
  }
}

/** The standard ignores an id with a NUL. No other control character can be sent back in a header either, but the tab. */
const hasControl = (text: string): boolean => {
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at)
    if ((code < 0x20 && code !== 0x09) || code === 0x7f) return true
  }
  return false
}

/** Room for `data: ` besides the data of a line that has not ended; and the longest name of a type that is kept. */
const fieldLength = 64
