import type { IncomingMessage, ServerResponse } from "node:http"
import { maxLoosePieces } from "../protocol/Framing.ts"

/** Who waits for a body; one of the two is called, unless the client goes away first. */
export interface BodyReader {
  readonly onBody: (text: string) => void
  /** More than `limit` bytes: nothing of them is kept. */
  readonly onTooLarge: () => void
}

/** Reads the body of a request, at most `limit` bytes. What it says of its length is believed when that is too much. */
export const readBody = (
  request: IncomingMessage,
  response: ServerResponse,
  limit: number,
  { onBody, onTooLarge }: BodyReader
): void => {
  const { headers } = request
  if (Number(headers["content-length"] ?? 0) > limit) return onTooLarge()
  if (headers.expect !== undefined) response.writeContinue()
  let pieces: Array<Buffer> = []
  let loose = 0
  let bytes = 0
  request.on("data", (piece: Buffer) => {
    if (bytes > limit) return
    bytes += piece.length
    if (bytes > limit) {
      pieces = []
      return onTooLarge()
    }
    pieces.push(piece)
    // A client that sends byte by byte would cost far more than its bytes.
    if (++loose < maxLoosePieces) return
    pieces.push(Buffer.concat(pieces.splice(-maxLoosePieces)))
    loose = 0
  })
  request.on("end", () => {
    if (bytes > limit) return
    const [first] = pieces
    onBody(pieces.length === 1 && first !== undefined ? first.toString("utf8") : joined(pieces, bytes))
  })
}

const joined = (pieces: ReadonlyArray<Buffer>, bytes: number): string => Buffer.concat(pieces, bytes).toString("utf8")
