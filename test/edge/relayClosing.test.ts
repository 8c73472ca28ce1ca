import { assert, describe, it } from "@effect/vitest"
import { errorOf, textOf } from "../fixtures/envelope.ts"
import { legacyBackend } from "../fixtures/gateway.ts"
import { callTool } from "../fixtures/legacyClient.ts"
import { AttachPlace, backendPid, FakeServer } from "./attachFixture.ts"

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

  it("is not taken for one by a client that writes its word itself", async () => {
    await using place = new AttachPlace([legacyBackend("one")])
    await place.serve()
    const client = await place.open()
    client.sendRaw(`${JSON.stringify(closing)}\n`)
    await client.waitFor(({ id }) => id === null, "a refusal")
    assert.isAbove(await backendPid(client), 1)
  })
})
