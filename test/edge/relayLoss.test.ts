import { assert, describe, it } from "@effect/vitest"
import { errorOf, objectIn, resultOf, textOf } from "../fixtures/envelope.ts"
import { legacyBackend, modernBackend } from "../fixtures/gateway.ts"
import { callTool } from "../fixtures/legacyClient.ts"
import { answerTo, everything, holdBack } from "../gateway/answers.ts"
import { allListed, namesOf, paramsOf } from "../gateway/eras.ts"
import { AttachPlace, backendPid, FakeServer } from "./attachFixture.ts"

const lostCode = -31005

describe("a window whose serving gateway is killed", () => {
  it("INV-1, INV-3 hears once that its call may have been carried out, and goes on with a backend of its own", async () => {
    await using place = new AttachPlace([legacyBackend("one")])
    const server = await place.serve()
    const client = await place.open()
    const before = await backendPid(client)
    const from = client.messages.length
    const reply = callTool(client, "one__hang", {}, { id: "running" })
    await callTool(client, "one__echo")
    server.signal("SIGKILL")
    const { code, data, message } = errorOf(await reply)
    assert.strictEqual(code, lostCode)
    assert.deepStrictEqual(data, { source: "sentinel-gateway", certainty: "unknown" })
    assert.match(message, new RegExp(`the gateway process ${server.pid} is gone`))
    // No initialize, no initialized: the session is as it was.
    await client.waitFor(({ method }) => method === "notifications/tools/list_changed", "changed tools", { from })
    assert.notStrictEqual(await backendPid(client), before)
    assert.lengthOf(client.replies("running"), 1)
    assert.isFalse(client.messages.some(({ id }) => String(id).startsWith("sg-replay")))
  })

  it("has its questions called off; a late answer goes to nobody, and new questions are answered", async () => {
    await using place = new AttachPlace([modernBackend("two")])
    const server = await place.serve()
    const client = await place.open(everything)
    await allListed(client)
    const held = holdBack(client, "elicitation/create")
    const lost = callTool(client, "two__ask-elicitation", { message: "first" })
    const asked = await client.waitFor(({ method }) => method === "elicitation/create", "the question")
    server.signal("SIGKILL")
    assert.strictEqual(errorOf(await lost).code, lostCode)
    const cancelled = client.notifications("notifications/cancelled").map((message) => paramsOf(message)["requestId"])
    assert.deepStrictEqual(cancelled, [asked["id"]])

    const second = holdBack(client, "elicitation/create")
    const reply = callTool(client, "two__ask-elicitation", { message: "second" })
    const again = await client.waitFor(
      (message) => message["method"] === "elicitation/create" && paramsOf(message)["message"] === "second",
      "the second question"
    )
    assert.notStrictEqual(again["id"], asked["id"])
    held.settle({ action: "accept", content: { name: "too late" } })
    await callTool(client, "two__echo")
    const answer = answerTo({ method: "elicitation/create", params: { message: "second" } })
    second.settle(answer)
    assert.include(textOf(await reply), JSON.stringify(answer["content"]))
  })

  it("hears of updates as before, of its session and of its streams", async () => {
    await using place = new AttachPlace([legacyBackend("one")])
    const server = await place.serve()
    const client = await place.open()
    const uri = "fixture://one/greeting"
    await allListed(client)
    resultOf(await client.request("resources/subscribe", { uri }))
    resultOf(await client.request("logging/setLevel", { level: "error" }))
    await place.listen(client, "stream", [uri])
    const from = client.messages.length
    server.signal("SIGKILL")
    await client.waitFor(({ method }) => method === "notifications/tools/list_changed", "changed tools", { from })
    await callTool(client, "one__touch-resource", { uri })
    const isUpdate = ({ method }: object & { method?: unknown }) => method === "notifications/resources/updated"
    await client.until(() => client.messages.slice(from).filter(isUpdate).length === 2, "two updates")
    await callTool(client, "one__log", { level: "info", data: "quiet" })
    assert.deepStrictEqual(client.notifications("notifications/message"), [])
    // One acknowledgement, and no end.
    assert.lengthOf(client.notifications("notifications/subscriptions/acknowledged"), 1)
    assert.lengthOf(client.replies("stream"), 0)
  })
})

describe("a window whose serving gateway breaks off", () => {
  it("in the middle of a reply: the half of it counts for nothing, the request has one end", async () => {
    await using place = new AttachPlace([legacyBackend("one")])
    await using server = await FakeServer.at(place)
    const client = place.window()
    const reply = client.request("tools/call", { name: "one__echo" }, { id: "half" })
    await server.asked("tools/call")
    server.write('{"jsonrpc":"2.0","id":"half","result":{"content":[{"type":"te')
    server.die()
    assert.strictEqual(errorOf(await reply).code, lostCode)
    assert.lengthOf(client.replies("half"), 1)
  })

  it("with requests under way that only ask: they are answered by the window's own gateway", async () => {
    await using place = new AttachPlace([legacyBackend("one")])
    await using server = await FakeServer.at(place)
    const client = place.window()
    const params = { protocolVersion: "2025-06-18", capabilities: {}, clientInfo: { name: "t", version: "1" } }
    const opened = client.request("initialize", params)
    client.notify("notifications/initialized")
    const [ping, list] = [client.request("ping"), client.request("tools/list")]
    await server.asked("tools/list")
    server.die()
    assert.strictEqual(resultOf(await opened)["protocolVersion"], "2025-06-18")
    assert.deepStrictEqual(resultOf(await ping), {})
    assert.include(namesOf(resultOf(await list)), "one__echo")
  })

  it("and takes with it what it has answered and what was cancelled: neither gets another end", async () => {
    await using place = new AttachPlace([legacyBackend("one")])
    await using server = await FakeServer.at(place)
    const client = place.window()
    const answered = client.request("tools/call", { name: "a" }, { id: 1 })
    await server.asked("tools/call", { content: [] })
    await answered
    client.send({ jsonrpc: "2.0", id: 2, method: "tools/call", params: { name: "b" } })
    client.notify("notifications/cancelled", { requestId: 2 })
    await server.heard(({ method }) => method === "notifications/cancelled")
    server.die()
    await client.until(() => /going on with backends of our own/.test(client.stderr), "the loss")
    resultOf(
      await client.request("ping", { _meta: {} }, { id: 3 }).then((reply) => ({ result: objectIn(reply, "error") }))
    )
    assert.lengthOf(client.replies(1), 1)
    assert.lengthOf(client.replies(2), 0)
  })
})
