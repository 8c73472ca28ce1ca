import { afterAll, assert, beforeAll, describe, it } from "@effect/vitest"
import { type JsonObject } from "../../src/domain/Json.ts"
import { errorOf, resultOf, textIn, textOf } from "../fixtures/envelope.ts"
import { modernBackend, startGateway, type RunningGateway } from "../fixtures/gateway.ts"
import { modernCall, modernComplete, modernRequest } from "../fixtures/modernClient.ts"
import { speak } from "./eras.ts"
import { answerTo, everything } from "./answers.ts"

describe("a modern backend behind a modern client", () => {
  let gateway: RunningGateway
  beforeAll(async () => {
    gateway = startGateway({ backends: [modernBackend("new")] })
    await speak(gateway.client, "modern", "tools/list")
  })
  afterAll(() => gateway.stop())
  const capabilities = everything
  const complete = (method: string, params: JsonObject) =>
    modernComplete(gateway.client, method, params, { capabilities, answer: answerTo })

  it("asks through input_required, in as many rounds as it likes, and wants its state byte for byte", async () => {
    const rounds = async (tool: string) => (await complete("tools/call", { name: `new__${tool}` })).rounds.length
    assert.strictEqual(await rounds("ask-elicitation"), 1)
    assert.strictEqual(await rounds("ask-sampling"), 1)
    assert.strictEqual(await rounds("ask-roots"), 1)
    assert.strictEqual(await rounds("ask-together"), 1)
    assert.strictEqual(await rounds("ask-twice"), 2)
    assert.strictEqual(await rounds("state-only"), 1)
    assert.strictEqual(await rounds("ask-stateless"), 1)
    const twice = await complete("tools/call", { name: "new__ask-twice" })
    assert.hasAllKeys(JSON.parse(textOf(twice.reply)), ["elicitation", "sampling"])
  })

  it("asks before a prompt and before a resource", async () => {
    const prompt = await complete("prompts/get", { name: "new__questionnaire" })
    assert.include(gateway.client.rawOf(prompt.reply), "Your name?")
    const resource = await complete("resources/read", { uri: "fixture://new/locked" })
    assert.include(gateway.client.rawOf(resource.reply), "The password?")
  })

  it("judges its state itself: the gateway changes nothing on it", async () => {
    const asked = resultOf(await modernCall(gateway.client, "new__ask-roots", {}, { capabilities }))
    const state = textIn(asked, "requestState", "")
    const back = (requestState: string) => {
      const params = { name: "new__ask-roots", arguments: {}, requestState, inputResponses: { roots: { roots: [] } } }
      return modernRequest(gateway.client, "tools/call", params, { capabilities })
    }
    assert.include(errorOf(await back(state.normalize("NFC"))).message, "not what this server gave")
    assert.strictEqual(textOf(await back(state)), '{"roots":[]}')
  })

  it("is asked on by the client alone: nobody else bounds its rounds", async () => {
    const options = { capabilities, answer: answerTo, maxRounds: 20 }
    const outcome = await modernComplete(gateway.client, "tools/call", { name: "new__ask-forever" }, options).catch(
      String
    )
    assert.include(outcome, "after 20 rounds")
  })

  it("knows what the caller of each request can do", async () => {
    const known = async (declared: JsonObject) => {
      const reply = await modernCall(gateway.client, "new__capabilities", {}, { capabilities: declared })
      return JSON.parse(textOf(reply))
    }
    const extended = { roots: {}, extensions: { "com.example/x": { deep: [1] } } }
    assert.deepStrictEqual(await known(extended), extended)
    assert.deepStrictEqual(await known({}), {})
    const refused = errorOf(await modernCall(gateway.client, "new__ask-roots", {}, { capabilities: { sampling: {} } }))
    assert.deepInclude(refused, { code: -32021, data: { requiredCapabilities: { roots: {} } } })
  })
})
