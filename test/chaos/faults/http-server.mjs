/**
 * The same over HTTP, in the stateful era, one JSON body an answer. SIGUSR2: it forgets all sessions.
 * Usage: node http-server.mjs <folder> <port>
 */
import { randomUUID } from "node:crypto"
import { createServer } from "node:http"
import { echoed, initialized, journalIn, replyFrame, toolNamed, unknownMethodFrame } from "./tools.mjs"

const journal = journalIn(process.argv[2])
const sessions = new Set()
const names = ["echo", "slow", "silent", "fail-500", "half-body"]
const slowMillis = 1_000

const answer = (response, body) => response.writeHead(200, { "content-type": "application/json" }).end(body)

const tools = {
  echo: (response, id, text) => answer(response, replyFrame(id, echoed(text))),
  slow: (response, id, text) => setTimeout(() => answer(response, replyFrame(id, echoed(text))), slowMillis),
  silent: () => {},
  "fail-500": (response) => response.writeHead(500).end("Internal Server Error"),
  "half-body": (response, id, text) => {
    const body = replyFrame(id, echoed(text))
    response.writeHead(200, { "content-type": "application/json", "content-length": body.length })
    response.write(body.slice(0, body.length / 2), () => response.destroy())
  }
}

const call = (response, id, { name, arguments: { text } = {} }) => {
  if (tools[name] === undefined) return answer(response, unknownMethodFrame(id))
  journal("call", { tool: name, text })
  tools[name](response, id, text)
}

const opened = (response, id, params) => {
  const session = randomUUID()
  sessions.add(session)
  response.setHeader("mcp-session-id", session)
  answer(response, replyFrame(id, initialized(params.protocolVersion)))
}

const receive = (response, session, { id, method, params }) => {
  if (method === "initialize") return opened(response, id, params)
  if (session === undefined) return response.writeHead(400).end("No session")
  if (!sessions.has(session)) return response.writeHead(404).end("Session not found")
  if (id === undefined || method === undefined) return response.writeHead(202).end()
  if (method === "tools/list") return answer(response, replyFrame(id, { tools: names.map(toolNamed) }))
  if (method === "tools/call") return call(response, id, params)
  answer(response, method === "ping" ? replyFrame(id, {}) : unknownMethodFrame(id))
}

const server = createServer((request, response) => {
  const session = request.headers["mcp-session-id"]
  if (request.method === "DELETE") {
    sessions.delete(session)
    return response.writeHead(200).end()
  }
  if (request.method !== "POST") return response.writeHead(405).end()
  let body = ""
  request.setEncoding("utf8")
  request.on("data", (chunk) => (body += chunk))
  request.on("end", () => receive(response, session, JSON.parse(body)))
})

process.on("SIGUSR2", () => {
  sessions.clear()
  journal("forgot", {})
})
server.listen(Number(process.argv[3]), "127.0.0.1", () => journal("start", {}))
