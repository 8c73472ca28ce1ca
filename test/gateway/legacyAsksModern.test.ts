import { afterAll, assert, beforeAll, describe, it } from "@effect/vitest"
import { AnswerError } from "../fixtures/client.ts"
import { errorOf, textOf } from "../fixtures/envelope.ts"
import { modernBackend, startGateway, type RunningGateway } from "../fixtures/gateway.ts"
import { callTool, legacyOpen } from "../fixtures/legacyClient.ts"
import { allListed, paramsOf } from "./eras.ts"
import { answerAll, answerTo, everything, holdBack, questions } from "./answers.ts"

const inputUnsupported = -31_008

describe("a modern backend behind a legacy client", () => {
  let gateway: RunningGateway
  beforeAll(async () => {
    gateway = startGateway({ backends: [modernBackend("new")] })
    await legacyOpen(gateway.client, { capabilities: everything })
    await allListed(gateway.client)
  })
  afterAll(() => gateway.stop())
  const ask = (tool: string, args = {}, options = {}) => callTool(gateway.client, `new__${tool}`, args, options)

  for (const { method, tool } of questions) {
    it(`gets an answer to ${method}, which the client sees as a request of the server`, async () => {
      answerAll(gateway.client)
      const before = gateway.client.serverRequests.length
      const answer: unknown = JSON.parse(textOf(await ask(tool)))
      const [asked = {}, ...others] = gateway.client.serverRequests.slice(before)
      assert.deepStrictEqual(others, [])
      assert.strictEqual(asked["method"], method)
      assert.deepStrictEqual(answer, answerTo({ method, params: paramsOf(asked) }))
    })

    it(`ends its call when the client answers ${method} with an error`, async () => {
      gateway.client.onServerRequest(method, () => {
        throw new AnswerError(-1, "the user said no")
      })
      const failed = errorOf(await ask(tool))
      assert.strictEqual(failed.code, inputUnsupported)
      assert.include(failed.message, "the user said no")
    })
  }

  it("asks three questions in one round, and two in two rounds", async () => {
    answerAll(gateway.client)
    assert.hasAllKeys(JSON.parse(textOf(await ask("ask-together"))), ["elicitation", "sampling", "roots"])
    assert.hasAllKeys(JSON.parse(textOf(await ask("ask-twice"))), ["elicitation", "sampling"])
  })

  it("gets its state back without questions, and answers without a state", async () => {
    answerAll(gateway.client)
    assert.strictEqual(textOf(await ask("state-only")), "here again")
    assert.include(textOf(await ask("ask-stateless")), "accept")
  })

  it("may ask before a prompt and before a resource", async () => {
    answerAll(gateway.client)
    const prompt = await gateway.client.request("prompts/get", { name: "new__questionnaire" })
    assert.include(gateway.client.rawOf(prompt), "Your name?")
    const resource = await gateway.client.request("resources/read", { uri: "fixture://new/locked" })
    assert.include(gateway.client.rawOf(resource), "The password?")
  })

  it("that asks for ever is ended", async () => {
    answerAll(gateway.client)
    const before = gateway.client.serverRequests.length
    assert.strictEqual(errorOf(await ask("ask-forever")).code, inputUnsupported)
    assert.strictEqual(gateway.client.serverRequests.length - before, 16)
  })

  it("gets its question withdrawn when the call is cancelled, and its call gets no reply", async () => {
    const { client } = gateway
    holdBack(client, "elicitation/create")
    const from = client.messages.length
    client.send({ jsonrpc: "2.0", id: "void", method: "tools/call", params: { name: "new__ask-elicitation" } })
    const question = await client.waitFor(({ method }) => method === "elicitation/create", "the question", { from })
    client.notify("notifications/cancelled", { requestId: "void" })
    const told = await client.waitFor(({ method }) => method === "notifications/cancelled", "the end of it", { from })
    assert.deepInclude(told["params"] ?? {}, { requestId: question["id"] })
    textOf(await ask("echo"))
    assert.deepStrictEqual(client.replies("void"), [])
    // The id is free again.
    assert.strictEqual(textOf(await ask("echo", { text: "again" }, { id: "void" })), "again")
  })

  it("is answered once when the client answers a question twice", async () => {
    const { client } = gateway
    holdBack(client, "roots/list")
    const from = client.messages.length
    const reply = ask("ask-roots")
    const { id = null } = await client.waitFor(({ method }) => method === "roots/list", "the question", { from })
    for (const uri of ["file:///a", "file:///b"]) client.send({ jsonrpc: "2.0", id, result: { roots: [{ uri }] } })
    assert.deepStrictEqual(JSON.parse(textOf(await reply)), { roots: [{ uri: "file:///a" }] })
  })
})

describe("a modern backend behind a legacy client that cannot be asked", () => {
  it("says so itself, and nobody is asked", async () => {
    await using gateway = startGateway({ backends: [modernBackend("new")] })
    await legacyOpen(gateway.client)
    await allListed(gateway.client)
    const refused = errorOf(await callTool(gateway.client, "new__ask-sampling"))
    assert.strictEqual(refused.code, -32021)
    assert.deepStrictEqual(refused.data, { requiredCapabilities: { sampling: {} } })
    assert.deepStrictEqual(gateway.client.serverRequests, [])
  })
})
