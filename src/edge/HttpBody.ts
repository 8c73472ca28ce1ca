import { isUtf8 } from "node:buffer"
import type { IncomingMessage, ServerResponse } from "node:http"
import { maxLoosePieces } from "../protocol/Framing.ts"
import type { ArrivingBodies } from "./ArrivingBodies.ts"

/** Why a body is not taken: too large, no room for it beside the others, or no text. */
export type BodyFault = "tooLarge" | "noRoom" | "notUtf8"

/** Who waits for a body; one of the two is called, unless the client goes away first. */
export interface BodyReader {
  readonly onBody: (text: string) => void
  /** Nothing of it is kept. */
  readonly onFault: (fault: BodyFault) => void
}

/** How much may come. */
export interface BodyBounds {
  /** Of one body, bytes. */
  readonly limit: number
  readonly arriving: ArrivingBodies
}

/** Reads the body of a request. What it says of its length is believed when that is too much. */
export const readBody = (
  request: IncomingMessage,
  response: ServerResponse,
  { arriving, limit }: BodyBounds,
  { onBody, onFault }: BodyReader
): void => {
  const { headers } = request
  const declared = Number(headers["content-length"] ?? 0)
  if (declared > limit) return onFault("tooLarge")
  if (headers.expect !== undefined) response.writeContinue()
  let pieces: Array<Buffer> = []
  let loose = 0
  let bytes = 0
  let counted = 0
  let given = false
  const giveBack = () => {
    arriving.giveBack(counted)
    counted = 0
  }
  const giveUp = (fault: BodyFault) => {
    given = true
    pieces = []
    giveBack()
    onFault(fault)
  }
  request.on("data", (piece: Buffer) => {
    if (given) return
    bytes += piece.length
    if (bytes > limit) return giveUp("tooLarge")
    // What is whole with this piece waits for nothing, and so most bodies are never counted.
    if (bytes !== declared) {
      if (!arriving.take(piece.length)) return giveUp("noRoom")
      if (counted === 0) request.once("close", giveBack)
      counted += piece.length
    }
    pieces.push(piece)
    // A client that sends byte by byte would cost far more than its bytes.
    if (++loose < maxLoosePieces) return
    pieces.push(Buffer.concat(pieces.splice(-maxLoosePieces)))
    loose = 0
  })
  request.on("end", () => {
    if (given) return
    giveBack()
    const [first] = pieces
    const whole = pieces.length === 1 && first !== undefined ? first : Buffer.concat(pieces, bytes)
    // Reading it as text would repair what is wrong with it (RFC 8259, section 8.1).
    if (isUtf8(whole)) onBody(whole.toString("utf8"))
    else onFault("notUtf8")
  })
}
