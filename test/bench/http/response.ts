/** Reads HTTP/1.1 responses out of what a connection delivers, as latin1 text: one character, one byte. */

export interface HttpResponse {
  readonly status: number
  /** Status line and headers. */
  readonly head: string
  readonly body: string
}

const headEnd = "\r\n\r\n"

export const statusOf = (head: string) => Number(head.slice(9, 12))

/** A header's value; the name in lower case. */
export const headerOf = (head: string, name: string): string | undefined => {
  const line = new RegExp(`\r\n${name}: *([^\r]*)`, "i").exec(head)
  return line?.[1]?.trim()
}

/** Bytes of the body, or undefined if it comes in chunks. */
const lengthOf = (head: string): number | undefined => {
  const length = /\r\ncontent-length: *(\d+)/i.exec(head)?.[1]
  if (length !== undefined) return Number(length)
  return /\r\ntransfer-encoding: *chunked/i.test(head) ? undefined : 0
}

/** Takes chunks off a text that grows; never looks at a byte twice, however the network has cut it. */
export const chunkReader = () => {
  let text = ""
  let at = 0
  let needed = 0
  /** Appends `more`, hands out each whole chunk, and answers whether the last one has come. */
  return (more: string, onChunk: (chunk: string) => void): boolean => {
    text += more
    while (text.length >= needed) {
      const lineEnd = text.indexOf("\r\n", at)
      if (lineEnd === -1) break
      const from = lineEnd + 2
      const size = Number.parseInt(text.slice(at, lineEnd), 16)
      needed = from + size + 2
      if (text.length < needed) break
      if (size === 0) return true
      onChunk(text.slice(from, from + size))
      at = needed
    }
    if (at === text.length) {
      text = ""
      at = 0
      needed = 0
    }
    return false
  }
}

/** For one response after the other: answers with it once it is whole. */
export const responseReader = () => {
  let text = ""
  let head: string | undefined
  let bodyStart = 0
  let length: number | undefined
  let body = ""
  let readChunks = chunkReader()

  const whole = (wholeBody: string): HttpResponse | undefined => {
    if (head === undefined) return undefined
    const response = { status: statusOf(head), head, body: wholeBody }
    text = ""
    head = undefined
    body = ""
    readChunks = chunkReader()
    return response
  }
  const readBody = (more: string) => {
    if (length !== undefined) {
      return text.length < bodyStart + length ? undefined : whole(text.slice(bodyStart, bodyStart + length))
    }
    return readChunks(more, (chunk) => (body += chunk)) ? whole(body) : undefined
  }
  return (more: string): HttpResponse | undefined => {
    text += more
    if (head !== undefined) return readBody(more)
    const end = text.indexOf(headEnd)
    if (end === -1) return undefined
    head = text.slice(0, end)
    bodyStart = end + headEnd.length
    length = lengthOf(head)
    return readBody(text.slice(bodyStart))
  }
}
