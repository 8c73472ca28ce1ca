import { afterAll, assert, beforeAll, describe, it } from "@effect/vitest"
import { type JsonObject } from "../../src/domain/Json.ts"
import { errorOf, resultOf, textOf } from "../fixtures/envelope.ts"
import { startGateway, type RunningGateway } from "../fixtures/gateway.ts"
import { legacyOpen } from "../fixtures/legacyClient.ts"
import { modernComplete } from "../fixtures/modernClient.ts"
import { answerAll, answerTo, everything } from "./answers.ts"
import { allListed, call, eras, namesOf, paramsOf, speak, type Spoken } from "./eras.ts"

const plainTools = 13
const conditional = ["trigger-elicitation-request", "trigger-sampling-request", "get-roots-list"]

describe("the real server-everything, with isolation = session", () => {
  let gateway: RunningGateway
  beforeAll(async () => {
    const table = { name: "real", type: "stdio", command: "mcp-server-everything", isolation: "session" }
    gateway = startGateway({ backends: [table] })
    answerAll(gateway.client)
    await legacyOpen(gateway.client, { capabilities: everything })
    await allListed(gateway.client)
  })
  afterAll(() => gateway.stop())
  const tools = async (era: Spoken, capabilities: JsonObject) =>
    namesOf(resultOf(await speak(gateway.client, era, "tools/list", {}, { capabilities })))
  const own = conditional.map((name) => `real__${name}`)

  /** A call with all its questions, in the words of an era. */
  const complete = async (era: Spoken, tool: string, args: JsonObject = {}): Promise<JsonObject> => {
    if (era === "legacy") return call(gateway.client, era, `real__${tool}`, args)
    const params = { name: `real__${tool}`, arguments: args }
    const options = { capabilities: everything, answer: answerTo }
    return (await modernComplete(gateway.client, "tools/call", params, options)).reply
  }

  it("INV-5 shows the tools that ask only to a client that can answer, and only such a client can call them", async () => {
    // Its own connection, which knows what it can do, may come up after the shared one.
    await gateway.client.until(() => gateway.client.stderr.includes("real/stdio-1"), "the session's own connection")
    for (const era of eras) {
      const all = await tools(era, everything)
      assert.includeMembers([...all], own)
      assert.lengthOf(all, plainTools + own.length)
    }
    const few = await tools("modern", {})
    assert.lengthOf(few, plainTools)
    for (const name of own) assert.strictEqual(errorOf(await call(gateway.client, "modern", name)).code, -32602)
  })

  it("asks a legacy session for its roots outside any call, and says in its log what it got", async () => {
    const asked = await gateway.client.waitFor(({ method }) => method === "roots/list", "the question for the roots")
    assert.match(String(asked["id"]), /^sg-ask:/)
    const told = await gateway.client.waitFor(({ method }) => method === "notifications/message", "its log message")
    assert.include(String(paramsOf(told)["data"]), "1 root(s) received")
  })

  for (const era of eras) {
    it(`asks a ${era} client for input, for a sample and for its roots`, async () => {
      assert.include(
        textOf(await complete(era, "trigger-elicitation-request")),
        "User provided the requested information"
      )
      const sampled = await complete(era, "trigger-sampling-request", { prompt: "quote me", maxTokens: 10 })
      assert.include(textOf(sampled), "quote me")
      assert.include(textOf(await complete(era, "get-roots-list")), "file:///home/ada")
    })

    it(`serves a ${era} client tools, progress, resources, prompts and completions`, async () => {
      const { client } = gateway
      const ask = (method: string, params: JsonObject) =>
        speak(client, era, method, params, { capabilities: everything })
      assert.strictEqual(textOf(await complete(era, "echo", { message: "hello" })), "Echo: hello")
      const structured = resultOf(await complete(era, "get-structured-content", { location: "New York" }))
      assert.hasAllKeys(structured["structuredContent"], ["temperature", "conditions", "humidity"])

      const from = client.messages.length
      const name = "real__trigger-long-running-operation"
      const options = { progressToken: 1, capabilities: everything }
      resultOf(await call(client, era, name, { duration: 0.1, steps: 2 }, options))
      const progress = client.messages.slice(from).filter(({ method }) => method === "notifications/progress")
      assert.deepStrictEqual(
        progress.map((message) => paramsOf(message)["progressToken"]),
        [1, 1]
      )

      const read = await ask("resources/read", { uri: "demo://resource/dynamic/text/1" })
      assert.include(client.rawOf(read), "demo://resource/dynamic/text/1")
      const prompt = await ask("prompts/get", { name: "real__args-prompt", arguments: { city: "Turin", state: "TO" } })
      assert.include(client.rawOf(prompt), "Turin")
      const completed = await ask("completion/complete", {
        ref: { type: "ref/prompt", name: "real__completable-prompt" },
        argument: { name: "department", value: "E" }
      })
      assert.deepInclude(resultOf(completed)["completion"] ?? {}, { values: ["Engineering"] })
    })
  }
})
