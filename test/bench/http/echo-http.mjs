/**
 * The HTTP backend of the benchmark: an MCP server for both eras with the one tool `echo`, as cheap as node:http allows,
 * since its cost is part of every route. Every request is answered with one JSON body.
 * Usage: node echo-http.mjs <port>
 */
import { randomUUID } from "node:crypto"
import { createServer } from "node:http"
import { outcomeOf } from "../echo-outcome.mjs"

const statelessVersion = "2026-07-28"

const isStateless = (params) => params?._meta?.["io.modelcontextprotocol/protocolVersion"] === statelessVersion

const capabilities = '"capabilities":{"tools":{}}'
const cacheable = '"ttlMs":60000,"cacheScope":"public"'

/** The stateless era's results name their type, and its lists how long they may be kept. */
const statelessOutcomeOf = (message) => {
  if (message.method === "server/discover") {
    return `"result":{"resultType":"complete","supportedVersions":["${statelessVersion}"],${capabilities},${cacheable}}`
  }
  const outcome = outcomeOf(message)
  const type = message.method === "tools/list" ? `"resultType":"complete",${cacheable}` : '"resultType":"complete"'
  return outcome.startsWith('"result":{') ? `"result":{${type},${outcome.slice('"result":{'.length)}` : outcome
}

const answer = (body, response) => {
  const message = JSON.parse(body)
  if (message.id === undefined || message.method === undefined) return response.writeHead(202).end()
  const outcome = isStateless(message.params) ? statelessOutcomeOf(message) : outcomeOf(message)
  const reply = Buffer.from(`{"jsonrpc":"2.0","id":${JSON.stringify(message.id)},${outcome}}`)
  const headers = { "content-type": "application/json", "content-length": reply.length }
  if (message.method === "initialize") headers["mcp-session-id"] = randomUUID()
  response.writeHead(outcome.includes('"code":-32601') && outcome.startsWith('"error"') ? 404 : 200, headers)
  response.end(reply)
}

const server = createServer((request, response) => {
  if (request.method === "DELETE") return response.writeHead(200).end()
  if (request.method !== "POST") return response.writeHead(405).end()
  let body = ""
  request.setEncoding("utf8")
  request.on("data", (chunk) => (body += chunk))
  request.on("end", () => answer(body, response))
})

server.listen(Number(process.argv[2]), "127.0.0.1")
