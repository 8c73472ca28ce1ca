/** Longer lines are cut: enough for a message with a path in it, and for the head of a stack frame. */
export const stderrLineBytes = 4_096

/** Pieces of an unfinished line before they are joined: a child that writes byte by byte costs no list. */
const openPieces = 64

const newline = 0x0a
/** Escape sequences of terminals: CSI (colours, cursor) and OSC (titles, links). */
// oxlint-disable-next-line no-control-regex
const escapes = /\u001b(?:\[[0-?]*[ -/]*[@-~]|\][^\u0007\u001b]*(?:\u0007|\u001b\\)?)/g
/** Controls, and formats such as the ones that turn the direction of text. */
const controls = /[\p{Cc}\p{Cf}]/gu

/**
 * The last lines of a child's stderr (protocol: it is never an error by itself, only words for whoever looks). Takes
 * whatever comes and keeps at most `lines` lines of `stderrLineBytes`, so the child never waits for us and a flood costs
 * no memory. What is read out has no control characters and none of the secrets.
 */
export class StderrRing {
  readonly #capacity: number
  readonly #secrets: ReadonlyArray<string>
  readonly #longestSecret: number
  readonly #ring: Array<Buffer> = []
  #next = 0
  #open: Array<Buffer> = []
  #openBytes = 0

  constructor(lines: number, secrets: ReadonlyArray<string>) {
    this.#capacity = Math.max(1, lines)
    // The longest first: one may be part of another.
    this.#secrets = [...secrets].sort((one, other) => other.length - one.length)
    this.#longestSecret = Math.max(0, ...secrets.map((secret) => Buffer.byteLength(secret)))
  }

  push(chunk: Buffer): void {
    let from = 0
    for (let to = chunk.indexOf(newline); to >= 0; to = chunk.indexOf(newline, from)) {
      this.#extend(chunk.subarray(from, to))
      this.#close()
      from = to + 1
    }
    this.#extend(chunk.subarray(from))
  }

  /** Oldest first, the unfinished line last. */
  lines(): ReadonlyArray<string> {
    const kept = [...this.#ring.slice(this.#next), ...this.#ring.slice(0, this.#next)]
    const all = this.#openBytes > 0 ? [...kept, Buffer.concat(this.#open)] : kept
    return all.slice(-this.#capacity).map((line) => this.#clean(line))
  }

  /** Bytes held now: never more than the lines and the unfinished one, each with its cut and the longest secret. */
  get heldBytes(): number {
    return this.#ring.reduce((sum, line) => sum + line.length, this.#openBytes)
  }

  /** Beyond the cut it keeps as much as a secret may be long, so that one on the edge is recognised; and a byte to see it. */
  get #keptBytes(): number {
    return stderrLineBytes + this.#longestSecret + 1
  }

  #extend(piece: Buffer): void {
    const taken = piece.subarray(0, this.#keptBytes - this.#openBytes)
    if (taken.length === 0) return
    // A copy: the chunk it is part of may be much larger.
    this.#open.push(Buffer.from(taken))
    this.#openBytes += taken.length
    if (this.#open.length > openPieces) this.#open = [Buffer.concat(this.#open)]
  }

  #close(): void {
    this.#ring[this.#next] = this.#open.length === 1 ? (this.#open[0] ?? Buffer.alloc(0)) : Buffer.concat(this.#open)
    this.#next = (this.#next + 1) % this.#capacity
    this.#open = []
    this.#openBytes = 0
  }

  #clean(line: Buffer): string {
    let text = line.toString("utf8").replaceAll(escapes, "").replaceAll("\t", " ").replaceAll(controls, "")
    for (const secret of this.#secrets) text = text.replaceAll(secret, "***")
    if (line.length < this.#keptBytes) return cut(text, stderrLineBytes)
    // The end may be the beginning of a secret, too short to be recognised.
    return cut(text, Math.min(stderrLineBytes, Math.max(0, text.length - this.#longestSecret - 1)))
  }
}

const cut = (text: string, chars: number): string => (text.length <= chars ? text : `${text.slice(0, chars)}...`)
