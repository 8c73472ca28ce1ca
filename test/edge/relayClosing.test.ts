import { assert, describe, it } from "@effect/vitest"
import { errorOf, textOf } from "../fixtures/envelope.ts"
import { legacyBackend } from "../fixtures/gateway.ts"
import { callTool } from "../fixtures/legacyClient.ts"
import { AttachPlace, backendPid, FakeServer } from "./attachFixture.ts"

const clientInfo = { name: "t", version: "1" }
const closing = { "sentinel-gateway": "closing" }

describe("a gateway that serves and is told to end", () => {
  it("lets running calls end; what comes meanwhile is done by the window's own gateway, and nothing is lost", async () => {
    await using place = new AttachPlace([legacyBackend("one")])
    const server = await place.serve()
    const client = await place.open()
    const before = await backendPid(client)
    await place.listen(client, "stream")
    const running = callTool(client, "one__echo-later", { text: "done", ms: 500 })
    await callTool(client, "one__echo")
    server.signal("SIGTERM")
    const later = Array.from({ length: 20 }, (_, number) => callTool(client, "one__echo", { text: `${number}` }))
    assert.strictEqual(textOf(await running), "done")
    const texts = await Promise.all(later)
    assert.deepStrictEqual(
      texts.map(textOf),
      later.map((_, number) => `${number}`)
    )
    await server.exited
    assert.notStrictEqual(await backendPid(client), before)
    assert.lengthOf(client.replies("stream"), 0)
  })

  it("does not wait for a call beyond its bound", async () => {
    await using place = new AttachPlace([legacyBackend("one")], "drain_secs = 1")
    const server = await place.serve()
    const client = await place.open()
    const running = callTool(client, "one__hang")
    await callTool(client, "one__echo")
    server.signal("SIGTERM")
    assert.deepInclude(errorOf(await running), { code: -31005 })
    assert.deepStrictEqual(await server.exited, { code: 0, signal: null })
  })

  it("gets answers and cancellations for what it works on, and no new request", async () => {
    await using place = new AttachPlace([legacyBackend("one")])
    await using server = await FakeServer.at(place)
    const client = place.window()
    client.send({ jsonrpc: "2.0", id: 1, method: "tools/call", params: { name: "one__echo" } })
    await server.asked("tools/call")
    server.say({ jsonrpc: "2.0", id: "sg-ask:1", method: "ping" })
    server.say(closing)
    await server.heard((message) => "sentinel-gateway" in message && message["sentinel-gateway"] === "closing")
    const late = client.request("ping", {}, { id: 2 })
    client.notify("notifications/cancelled", { requestId: 1 })
    await server.heard(({ method }) => method === "notifications/cancelled")
    assert.isFalse(server.messages.some(({ id }) => id === 2))
    server.die()
    assert.deepStrictEqual((await late)["result"], {})
    assert.lengthOf(client.replies(1), 0)
  })

  it("gets the answer in a batch (2025-03-26); the request beside it waits for the window's own gateway", async () => {
    await using place = new AttachPlace([legacyBackend("one")])
    await using server = await FakeServer.at(place)
    const client = place.window()
    const opened = client.request("initialize", { protocolVersion: "2025-03-26", capabilities: {}, clientInfo })
    await server.asked("initialize", { protocolVersion: "2025-03-26", capabilities: {}, serverInfo: clientInfo })
    await opened
    client.send({ jsonrpc: "2.0", id: "call", method: "tools/call", params: { name: "one__echo" } })
    await server.asked("tools/call")
    server.say(closing)
    await server.heard((message) => "sentinel-gateway" in message && message["sentinel-gateway"] === "closing")
    const answer = { jsonrpc: "2.0", id: "sg-ask:1", result: {} }
    client.sendRaw(`${JSON.stringify([{ jsonrpc: "2.0", id: "later", method: "ping" }, answer])}\n`)
    const asJson = (line: string): unknown => JSON.parse(line)
    await server.heard(() => server.lines.some((line) => line.includes('"id":"sg-ask:1"')))
    assert.deepStrictEqual(asJson(server.lines.at(-1) ?? ""), [answer])
    server.die()
    await client.until(() => client.replies("later").length > 0, "the answer of its own gateway")
    assert.lengthOf(client.replies("call"), 1)
  })

  it.each([
    ["", "closing"],
    ["\r", "closing"],
    ["", "ping"],
    ["\r", "ping"]
  ])("is not taken for one by a client that writes a word of the line itself%j", async (end, word) => {
    await using place = new AttachPlace([legacyBackend("one")])
    await place.serve()
    const client = await place.open()
    client.sendRaw(`${JSON.stringify({ "sentinel-gateway": word })}${end}\r\n`)
    await client.waitFor(({ id }) => id === null, "a refusal")
    assert.isAbove(await backendPid(client), 1)
  })
})
