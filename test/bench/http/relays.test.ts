import { assert, describe, it } from "@effect/vitest"
import { inBench, launchOf } from "../launches.ts"
import { openWorkshop } from "../workshop.ts"
import { freePort } from "./listening.ts"
import { startServers } from "./servers.ts"

/** Answers three requests at a time, the last one first. */
const reversing = `
const waiting = []
const later = (reply) => {
  waiting.push(reply)
  if (waiting.length === 3) for (const reply of waiting.splice(0).reverse()) reply()
}`

const stdioServer = `${reversing}
require("node:readline").createInterface({ input: process.stdin }).on("line", (line) => {
  const { id, params } = JSON.parse(line)
  later(() => process.stdout.write(JSON.stringify({ jsonrpc: "2.0", id, result: params }) + "\\n"))
})`

const httpServer = `${reversing}
require("node:http").createServer((request, response) => {
  let body = ""
  request.setEncoding("utf8").on("data", (chunk) => (body += chunk)).on("end", () => {
    const { id, params } = JSON.parse(body)
    later(() => response.end(JSON.stringify({ jsonrpc: "2.0", id, result: params })))
  })
}).listen(Number(process.argv[1]), "127.0.0.1")`

const post = async (port: number, body: object): Promise<unknown> => {
  const headers = { "content-type": "application/json" }
  const response = await fetch(`http://127.0.0.1:${port}/mcp`, { method: "POST", headers, body: JSON.stringify(body) })
  return await response.json()
}

const repliesThrough = async (kind: string, backend: "stdio" | "http", requests: ReadonlyArray<object>) => {
  using workshop = openWorkshop()
  const [port, backendPort] = [await freePort(), await freePort()]
  const launch = (args: ReadonlyArray<string>) => launchOf(process.execPath, args, workshop.freshStateDir())
  const behind = backend === "stdio" ? [process.execPath, "-e", stdioServer] : [`http://127.0.0.1:${backendPort}/mcp`]
  const relay = { launch: launch([inBench("http/relay.mjs"), kind, String(port), backend, ...behind]), port }
  const server = { launch: launch(["-e", httpServer, String(backendPort)]), port: backendPort }
  const servers = await startServers(backend === "stdio" ? [relay] : [server, relay])
  try {
    return await Promise.all(requests.map((request) => post(port, request)))
  } finally {
    await servers.end()
  }
}

describe.each(["parse", "splice"])("the HTTP relay that works by %s", (kind) => {
  it.each(["stdio", "http"] as const)("gives every caller its own reply from a %s backend", async (backend) => {
    const text = 'quoted "id":9} and \u20ac'
    const requests = [70, 70, 5].map((id, of) => ({ jsonrpc: "2.0", id, method: "echo", params: { text, of } }))
    assert.deepStrictEqual(
      await repliesThrough(kind, backend, requests),
      requests.map(({ id, params }) => ({ jsonrpc: "2.0", id, result: params }))
    )
  })
})
