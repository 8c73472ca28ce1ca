import { afterAll, assert, beforeAll, describe, it } from "@effect/vitest"
import { errorOf, resultOf } from "../fixtures/envelope.ts"
import { type RunningGateway } from "../fixtures/gateway.ts"
import { combinations, eras, speak, startBoth } from "./eras.ts"

describe("resources, prompts and completions", () => {
  let gateway: RunningGateway
  beforeAll(async () => {
    gateway = await startBoth()
  })
  afterAll(() => gateway.stop())

  for (const { client, server } of combinations) {
    it(`of a ${server} backend reach a ${client} client`, async () => {
      const ask = (method: string, params: Parameters<typeof speak>[3]) => speak(gateway.client, client, method, params)
      const listed = resultOf(await ask("resources/read", { uri: `fixture://${server}/picture` }))
      assert.deepStrictEqual(listed["contents"], [
        { uri: `fixture://${server}/picture`, mimeType: "application/octet-stream", blob: "AAECAw==" }
      ])
      if (client === "modern") assert.deepInclude(listed, { resultType: "complete", ttlMs: 0, cacheScope: "private" })

      const fromTemplate = await ask("resources/read", { uri: `fixture://${server}/note/7` })
      assert.include(gateway.client.rawOf(fromTemplate), `Note 7 of ${server}`)

      const prompt = await ask("prompts/get", { name: `${server}__greet`, arguments: { who: "Ada" } })
      assert.include(gateway.client.rawOf(prompt), `Say hello to Ada, from ${server}`)

      const byPrompt = await ask("completion/complete", {
        ref: { type: "ref/prompt", name: `${server}__greet` },
        argument: { name: "who", value: "A" }
      })
      assert.deepStrictEqual(resultOf(byPrompt)["completion"], { values: ["Ada", "Alan"], total: 2, hasMore: false })
      const byTemplate = await ask("completion/complete", {
        ref: { type: "ref/resource", uri: `fixture://${server}/note/{id}` },
        argument: { name: "id", value: "" }
      })
      assert.deepStrictEqual(resultOf(byTemplate)["completion"], { values: ["1", "2", "3"], total: 3, hasMore: false })
    })

    it(`that a ${server} backend lacks are refused to a ${client} client`, async () => {
      const reply = await speak(gateway.client, client, "resources/read", { uri: `fixture://${server}/note/` })
      assert.strictEqual(errorOf(reply).code, -32602)
      const missing = await speak(gateway.client, client, "prompts/get", { name: `${server}__greet` })
      assert.deepInclude(errorOf(missing), { code: -32602, message: "Missing argument: who" })
    })
  }

  it("that nobody has are refused by the gateway", async () => {
    for (const era of eras) {
      const refused = async (method: string, params: Parameters<typeof speak>[3]) =>
        assert.strictEqual(errorOf(await speak(gateway.client, era, method, params)).code, -32602)
      await refused("resources/read", { uri: "fixture://nobody/greeting" })
      await refused("resources/read", { uri: 7 })
      await refused("prompts/get", { name: "nobody__greet" })
      await refused("completion/complete", { ref: { type: "ref/prompt", name: "nobody__greet" }, argument: {} })
      await refused("completion/complete", { ref: { type: "ref/resource", uri: "fixture://nobody/{id}" } })
      await refused("completion/complete", {})
    }
  })
})
