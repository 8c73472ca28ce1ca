/**
 * A bare relay from HTTP clients to one backend: one JSON-RPC message a POST, answered by one JSON body. No sessions, no
 * checks, no limits, no errors: a lower bound, not a product.
 * Usage: node relay.mjs parse|splice <port> stdio <command> <args...>
 *        node relay.mjs parse|splice <port> http <url>
 */
import { createServer } from "node:http"
import { parsing, splicing } from "./codecs.mjs"

const [kind, port, transport, ...backend] = process.argv.slice(2)
const codec = kind === "splice" ? splicing : parsing

/** `forward(frame, answer, headers)` sends a frame on; `answer` gets the reply, or undefined for a notification. */
const { openBackend } = await import(transport === "stdio" ? "./relay-to-stdio.mjs" : "./relay-to-http.mjs")
const forward = openBackend(codec, backend)

const server = createServer((request, response) => {
  if (request.method !== "POST") return response.writeHead(405).end()
  let body = ""
  request.setEncoding(codec.encoding)
  request.on("data", (chunk) => (body += chunk))
  request.on("end", () => forward(body, (frame) => answer(response, frame), request.headers))
})

const answer = (response, frame) => {
  if (frame === undefined) return response.writeHead(202).end()
  response.writeHead(200, { "content-type": "application/json", "content-length": codec.bytesOf(frame) })
  response.end(frame, codec.encoding)
}

server.listen(Number(port), "127.0.0.1")
