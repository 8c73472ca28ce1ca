import { afterAll, assert, beforeAll, describe, it } from "@effect/vitest"
import { AnswerError } from "../fixtures/client.ts"
import { resultOf, textOf } from "../fixtures/envelope.ts"
import { legacyBackend, startGateway, type RunningGateway } from "../fixtures/gateway.ts"
import { callTool, legacyOpen } from "../fixtures/legacyClient.ts"
import { allListed, paramsOf } from "./eras.ts"
import { answerAll, answerTo, everything, holdBack, questions } from "./answers.ts"

describe("a legacy backend with a session of its own for a legacy client", () => {
  let gateway: RunningGateway
  beforeAll(async () => {
    gateway = startGateway({ backends: [legacyBackend("old", [], { isolation: "session", max_in_flight: 2 })] })
    await legacyOpen(gateway.client, { capabilities: { ...everything, tasks: {} } })
    await allListed(gateway.client)
  })
  afterAll(() => gateway.stop())
  const ask = (tool: string, args = {}, options = {}) => callTool(gateway.client, `old__${tool}`, args, options)

  it("knows what the client can do, less what cannot be relayed", async () => {
    assert.deepStrictEqual(JSON.parse(textOf(await ask("capabilities"))), everything)
  })

  for (const { method, tool } of questions) {
    it(`gets an answer to ${method}, asked under an id of the gateway`, async () => {
      answerAll(gateway.client)
      const before = gateway.client.serverRequests.length
      const answer: unknown = JSON.parse(textOf(await ask(tool)))
      const [asked = {}, ...others] = gateway.client.serverRequests.slice(before)
      assert.deepStrictEqual(others, [])
      assert.strictEqual(asked["method"], method)
      assert.match(String(asked["id"]), /^sg-ask:\d+$/)
      assert.deepStrictEqual(answer, answerTo({ method, params: paramsOf(asked) }))
    })

    it(`gets the error with which the client answers ${method}`, async () => {
      gateway.client.onServerRequest(method, () => {
        throw new AnswerError(-1, "the user said no")
      })
      assert.deepStrictEqual(JSON.parse(textOf(await ask(tool))), { error: { code: -1, message: "the user said no" } })
    })
  }

  it("gets both answers when it asks twice, in turn or at the same time", async () => {
    answerAll(gateway.client)
    assert.strictEqual(JSON.parse(textOf(await ask("ask-twice"))).length, 2)
    assert.hasAllKeys(JSON.parse(textOf(await ask("ask-together"))), ["elicitation", "sampling"])
  })

  it("asks for as many calls at once as have room, and each gets its answer", async () => {
    answerAll(gateway.client)
    const names = ["Ada", "Alan", "Grace", "Edsger"]
    const replies = await Promise.all(names.map((message) => ask("ask-elicitation", { message })))
    assert.deepStrictEqual(
      replies.map((reply) => JSON.parse(textOf(reply)).content.name),
      names
    )
  })

  it("is told when the call of an open question is cancelled; the client hears that the question is void", async () => {
    const { client } = gateway
    holdBack(client, "elicitation/create")
    const from = client.messages.length
    client.send({ jsonrpc: "2.0", id: "void", method: "tools/call", params: { name: "old__ask-elicitation" } })
    const question = await client.waitFor(({ method }) => method === "elicitation/create", "the question", { from })
    client.notify("notifications/cancelled", { requestId: "void" })
    const told = await client.waitFor(({ method }) => method === "notifications/cancelled", "the end of it", { from })
    assert.deepInclude(told["params"] ?? {}, { requestId: question["id"] })
    assert.lengthOf(JSON.parse(textOf(await ask("cancelled-list"))), 1)
    assert.deepStrictEqual(client.replies("void"), [])
  })

  it("is called once when a second request comes under the id of one whose question is open", async () => {
    const { client } = gateway
    const { settle } = holdBack(client, "roots/list")
    const seen = async () => JSON.parse(textOf(await ask("calls-seen")))["ask-roots"]
    const before = await seen()
    const from = client.messages.length
    const first = ask("ask-roots", {}, { id: "twice" })
    await client.waitFor(({ method }) => method === "roots/list", "the question", { from })
    client.send({ jsonrpc: "2.0", id: "twice", method: "tools/call", params: { name: "old__ask-roots" } })
    settle({ roots: [] })
    assert.strictEqual(textOf(await first), '{"roots":[]}')
    assert.strictEqual(await seen(), before + 1)
    assert.lengthOf(client.replies("twice"), 1)
  })

  it("may use the id of the open call for its question: that is no reply to the call", async () => {
    answerAll(gateway.client)
    assert.strictEqual(textOf(await ask("same-id-request")), '{"answer":{}}')
    const relayed = JSON.parse(textOf(await ask("same-id-request", { method: "roots/list" })))
    assert.deepStrictEqual(relayed, { answer: answerTo({ method: "roots/list", params: {} }) })
  })

  it("is refused a request that no client has", async () => {
    const refused = JSON.parse(textOf(await ask("same-id-request", { method: "tools/call" })))
    assert.strictEqual(refused.answer.error.code, -32601)
  })

  it("hears that the client's roots changed", async () => {
    gateway.client.notify("notifications/roots/list_changed")
    resultOf(await ask("echo"))
    const seen: unknown = JSON.parse(textOf(await ask("notifications-seen")))
    assert.include(seen, "notifications/roots/list_changed")
  })
})

describe("a legacy backend that asks a legacy client for what it did not offer", () => {
  it("is refused, the client is not bothered, and the call goes on", async () => {
    await using gateway = startGateway({ backends: [legacyBackend("old", [], { isolation: "session" })] })
    await legacyOpen(gateway.client, { capabilities: { roots: {} } })
    await allListed(gateway.client)
    for (const tool of ["ask-elicitation", "ask-sampling"]) {
      const reply = await callTool(gateway.client, `old__${tool}`, { force: true })
      assert.strictEqual(JSON.parse(textOf(reply)).error.code, -32601)
    }
    assert.deepStrictEqual(gateway.client.serverRequests, [])
  })
})
