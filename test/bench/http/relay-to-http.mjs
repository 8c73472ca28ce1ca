/** The relay's backend behind HTTP: undici's dispatcher, one call at a time on a connection, no pipelining. */
import { Pool } from "undici"

const connections = 256
const forwarded = ["content-type", "accept", "mcp-protocol-version", "mcp-method", "mcp-name"]

export const openBackend = (codec, [url]) => {
  const { origin, pathname: path } = new URL(url)
  const pool = new Pool(origin, { connections, pipelining: 1 })
  let lastId = 0
  const textOf = (chunks) => (chunks.length === 1 ? chunks[0] : Buffer.concat(chunks)).toString(codec.encoding)

  return (body, answer, clientHeaders) => {
    let id
    const frame = codec.outward(body, ++lastId, (clientId) => (id = clientId))
    const headers = {}
    for (const name of forwarded) if (clientHeaders[name] !== undefined) headers[name] = clientHeaders[name]
    const chunks = []
    pool.dispatch(
      { path, method: "POST", headers, body: Buffer.from(frame, codec.encoding) },
      {
        onRequestStart: () => {},
        onResponseStart: () => {},
        onResponseData: (_, chunk) => chunks.push(chunk),
        onResponseEnd: () => answer(id === undefined ? undefined : codec.inward(textOf(chunks), () => id)),
        onResponseError: (_, cause) => {
          throw cause
        }
      }
    )
  }
}
