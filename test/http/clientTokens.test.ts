import { assert, describe, it } from "@effect/vitest"
import { createServer, type IncomingMessage } from "node:http"
import { type AddressInfo } from "node:net"
import { readFileSync, readdirSync, statSync } from "node:fs"
import { join } from "node:path"
import { objectIn, parseObject, textOf } from "../fixtures/envelope.ts"
import { legacyBackend } from "../fixtures/gateway.ts"
import { serveGateway } from "../hostile/httpServed.ts"

const secret = "canary-77b3e9"

/** A server of 2025-11-25 that keeps every request as it came. */
const recordingServer = async () => {
  const requests: Array<string> = []
  const server = createServer((request, response) => {
    void textOfBody(request).then((body) => {
      requests.push(`${request.method} ${request.url}\n${request.rawHeaders.join("\n")}\n\n${body}`)
      const { id, method } = parseObject(body) ?? {}
      const result = resultOf(method)
      if (request.method !== "POST") return response.writeHead(405).end()
      if (id === undefined) return response.writeHead(202).end()
      const reply = result === undefined ? { error: { code: -32601, message: "unknown" } } : { result }
      return response
        .writeHead(200, { "content-type": "application/json", "mcp-session-id": "one-and-only" })
        .end(JSON.stringify({ jsonrpc: "2.0", id, ...reply }))
    })
  })
  await new Promise<void>((resolve) => void server.listen(0, "127.0.0.1", resolve))
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}/mcp`,
    requests,
    [Symbol.asyncDispose]: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      })
  }
}

const textOfBody = async (request: IncomingMessage): Promise<string> => {
  let text = ""
  for await (const chunk of request) text += String(chunk)
  return text
}

const resultOf = (method: unknown) => {
  if (method === "initialize") {
    return { protocolVersion: "2025-11-25", capabilities: { tools: {} }, serverInfo: { name: "far", version: "1" } }
  }
  if (method === "tools/list") return { tools: [{ name: "echo", inputSchema: { type: "object" } }] }
  if (method === "tools/call") return { content: [{ type: "text", text: "far away" }] }
  return undefined
}

const textsBelow = (directory: string): ReadonlyArray<string> =>
  readdirSync(directory, { recursive: true, encoding: "utf8" })
    .map((name) => join(directory, name))
    .filter((file) => statSync(file).isFile())
    .map((file) => readFileSync(file, "utf8"))

describe("the token of an HTTP client, at the real process", () => {
  it("INV-4 is in no request to an HTTP backend, in no line to and no environment of a child, in no log and file", async () => {
    await using far = await recordingServer()
    const backends = [legacyBackend("one"), { name: "far", type: "http", url: far.url }]
    const extra = '[gateway]\nlog_level = "debug"\n'
    await using gateway = await serveGateway({ backends, extra }, ["one__env", "far__echo"])
    const client = gateway.client(secret)
    const stateful = await client.initialize()
    assert.strictEqual(stateful.status, 200)
    const answers: Array<string> = []
    for (const name of ["one__env", "one__echo-raw", "far__echo"]) {
      for (const answer of [
        await client.call(name),
        await client.request("tools/call", { name, arguments: { text: "x" } })
      ]) {
        assert.strictEqual(answer.status, 200)
        const message = answer.messages.find((each) => "result" in each) ?? {}
        assert.notStrictEqual(objectIn(message, "result")["isError"], true)
        answers.push(textOf(message))
      }
    }
    await client.end()
    assert.isAtLeast(far.requests.filter((text) => text.includes("tools/call")).length, 2)
    assert.include(answers.join("\n"), "SENTINEL_SLOT")
    const told = {
      answers,
      requests: far.requests,
      log: [gateway.stderr()],
      files: textsBelow(gateway.directory)
    }
    for (const [where, texts] of Object.entries(told)) {
      assert.isNotEmpty(texts)
      assert.notInclude(texts.join("\n"), secret, where)
    }
  })
})
