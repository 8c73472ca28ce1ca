const lineFeed = 0x0a
const carriageReturn = "\r"

/** Pending pieces that are joined into one: a peer that sends byte by byte would cost far more than its bytes. */
export const maxLoosePieces = 256

/**
 * Cuts a byte stream into frames at line feeds (MCP, "stdio": messages are delimited by newlines and have none
 * within). Bytes are cut before they are decoded, so a character split between chunks is whole again; ill-formed
 * UTF-8 becomes U+FFFD. A carriage return before the line feed is dropped, empty lines are skipped.
 *
 * A frame of more than `maxFrameBytes` (line feed not counted) is dropped up to the next line feed and reported once.
 * No more than `maxFrameBytes` and the chunk at hand are held. The rest of an ended stream is no frame.
 */
export class LineFramer {
  private readonly maxFrameBytes: number
  private readonly blockReused: boolean
  private pieces: Array<Buffer> = []
  private loose = 0
  private pending = 0
  private dropping = false

  /** `blockReused`: the chunks come in a block that is written again after `push`, so what is kept is copied. */
  constructor(maxFrameBytes: number, blockReused = false) {
    this.maxFrameBytes = maxFrameBytes
    this.blockReused = blockReused
  }

  /** Bytes of the frame that has not ended yet; 0 while an oversized one is dropped. */
  get pendingBytes(): number {
    return this.pending
  }

  /**
   * Takes the next bytes, which the caller leaves unchanged unless it said otherwise. `onLine` gets each frame's text, in order;
   * `onOversize` the size of a frame when it crosses the bound. Neither may throw or push.
   */
  push(chunk: Uint8Array, onLine: (text: string) => void, onOversize: (bytes: number) => void): void {
    const bytes = Buffer.isBuffer(chunk) ? chunk : Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength)
    let end = bytes.indexOf(lineFeed)
    let start = 0
    if (end >= 0 && (this.pending > 0 || this.dropping)) {
      this.endPending(bytes.subarray(0, end), onLine, onOversize)
      start = end + 1
      end = bytes.indexOf(lineFeed, start)
    }
    if (end >= 0) start = this.wholeLines(bytes, start, end, onLine, onOversize)
    if (start < bytes.length) this.keep(start === 0 ? bytes : bytes.subarray(start), onOversize)
  }

  /** The frames between `start` and the last line feed; `end` is the first one. Answers where the rest begins. */
  private wholeLines(
    bytes: Buffer,
    start: number,
    end: number,
    onLine: (text: string) => void,
    onOversize: (bytes: number) => void
  ): number {
    const last = bytes.lastIndexOf(lineFeed)
    if (last - start > this.maxFrameBytes) return this.longLines(bytes, start, end, onLine, onOversize)
    const text = bytes.toString("utf8", start, last)
    if (last === end) emit(text, onLine)
    else splitLines(text, onLine)
    return last + 1
  }

  /** Line by line, where one of them may be over the bound. */
  private longLines(
    bytes: Buffer,
    start: number,
    end: number,
    onLine: (text: string) => void,
    onOversize: (bytes: number) => void
  ): number {
    let from = start
    for (let to = end; to >= 0; to = bytes.indexOf(lineFeed, from)) {
      if (to - from > this.maxFrameBytes) onOversize(to - from)
      else emit(bytes.toString("utf8", from, to), onLine)
      from = to + 1
    }
    return from
  }

  private endPending(tail: Buffer, onLine: (text: string) => void, onOversize: (bytes: number) => void): void {
    this.keep(tail, onOversize)
    // The frame may have crossed the bound with this last piece.
    if (!this.dropping) emit(decodePieces(this.pieces, this.pending), onLine)
    this.dropping = false
    this.clear()
  }

  private keep(piece: Buffer, onOversize: (bytes: number) => void): void {
    if (this.dropping || piece.length === 0) return
    const size = this.pending + piece.length
    if (size > this.maxFrameBytes) {
      this.clear()
      this.dropping = true
      onOversize(size)
      return
    }
    this.pieces.push(this.blockReused ? Buffer.from(piece) : piece)
    this.pending = size
    if (++this.loose === maxLoosePieces) {
      this.pieces.push(Buffer.concat(this.pieces.splice(-maxLoosePieces)))
      this.loose = 0
    }
  }

  private clear(): void {
    if (this.pieces.length > 0) this.pieces = []
    this.loose = 0
    this.pending = 0
  }
}

/** Bytes of a frame up to which its pieces are put together in one block that is used again and again. */
export const scratchBytes = 256 * 1024
let scratch: Buffer | undefined

/** The text of all pieces together. A fresh block for each frame costs more than the copying. */
const decodePieces = (pieces: ReadonlyArray<Buffer>, size: number): string => {
  if (size > scratchBytes) return Buffer.concat(pieces, size).toString("utf8")
  scratch ??= Buffer.allocUnsafeSlow(scratchBytes)
  let at = 0
  for (const piece of pieces) {
    scratch.set(piece, at)
    at += piece.length
  }
  return scratch.toString("utf8", 0, size)
}

/** Frames as they go out. A single one, which may be large, is not copied. */
export const joinFrames = (frames: ReadonlyArray<string>): string =>
  frames.length === 1 ? `${frames[0]}\n` : `${frames.join("\n")}\n`

const splitLines = (text: string, onLine: (text: string) => void): void => {
  let from = 0
  for (let to = text.indexOf("\n"); to >= 0; to = text.indexOf("\n", from)) {
    emit(text.slice(from, to), onLine)
    from = to + 1
  }
  emit(text.slice(from), onLine)
}

const emit = (line: string, onLine: (text: string) => void): void => {
  const text = line.endsWith(carriageReturn) ? line.slice(0, -1) : line
  if (text.length > 0) onLine(text)
}
