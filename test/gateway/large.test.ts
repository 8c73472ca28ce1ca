import { afterAll, assert, beforeAll, describe, it } from "@effect/vitest"
import { parseObject, objectIn, resultOf, textOf } from "../fixtures/envelope.ts"
import { legacyBackend, modernBackend, startGateway, type RunningGateway } from "../fixtures/gateway.ts"
import { legacyOpen } from "../fixtures/legacyClient.ts"
import { modernComplete } from "../fixtures/modernClient.ts"
import { answerAll, everything } from "./answers.ts"
import { allListed, call, combinations, eras, speak } from "./eras.ts"

/** Characters that a careless relay of long texts changes, over and over, up to this many. */
const awkward = `"\\/\b\n\t\u0000\u2028\u{1f600}\u00e9e\u0301{"id":1,"method":"x"}],[`
const long = (characters: number): string => awkward.repeat(Math.ceil(characters / awkward.length))
const sizes = [1_000, 5_000, 20_000, 500_000]

describe("a large message", () => {
  let gateway: RunningGateway
  beforeAll(async () => {
    const session = { isolation: "session" }
    gateway = startGateway({ backends: [legacyBackend("legacy", [], session), modernBackend("modern", [], session)] })
    answerAll(gateway.client)
    await legacyOpen(gateway.client, { capabilities: everything })
    await allListed(gateway.client)
  })
  afterAll(() => gateway.stop())

  for (const { client, server } of combinations) {
    it(`of a ${client} client arrives whole at a ${server} backend, and its answer comes back whole`, async () => {
      for (const size of sizes) {
        const text = long(size)
        assert.strictEqual(textOf(await call(gateway.client, client, `${server}__echo`, { text })), text)
      }
    })

    it(`of a ${client} client keeps everything beside its long texts at a ${server} backend`, async () => {
      const text = long(20_000)
      const given = {
        arguments: { [text.slice(0, 50)]: [text, { same: text }], other: [1, null, "short"] },
        _meta: { "com.example/long": text },
        "x-vendor": text
      }
      const params = { name: `${server}__echo-raw`, ...given }
      const got = objectIn(parseObject(textOf(await speak(gateway.client, client, "tools/call", params))), "params")
      assert.strictEqual(got["name"], "echo-raw")
      assert.deepStrictEqual(got["arguments"], given.arguments)
      assert.strictEqual(got["x-vendor"], text)
      assert.strictEqual(objectIn(got, "_meta")["com.example/long"], text)
    })
  }

  for (const server of eras) {
    it(`of a ${server} backend that asks a question is the same request when it comes back`, async () => {
      const message = long(50_000)
      const legacy = JSON.parse(textOf(await call(gateway.client, "legacy", `${server}__ask-elicitation`, { message })))
      assert.strictEqual(legacy.content.name, message)
      const { reply } = await modernComplete(
        gateway.client,
        "tools/call",
        { name: `${server}__ask-elicitation`, arguments: { message } },
        { capabilities: everything, answer: () => ({ action: "accept", content: { name: message } }) }
      )
      assert.strictEqual(JSON.parse(textOf(reply)).content.name, message)
    })
  }

  it("one of many at once, gets its own answer", async () => {
    const calls = Array.from({ length: 60 }, (_, number) => {
      const { client, server } = combinations[number % combinations.length] ?? { client: "legacy", server: "legacy" }
      const text = `${number}:${long(30_000)}`
      return call(gateway.client, client, `${server}__echo`, { text }).then((reply) => [text, textOf(reply)])
    })
    for (const [sent, got] of await Promise.all(calls)) assert.strictEqual(got, sent)
    resultOf(await call(gateway.client, "legacy", "legacy__echo"))
  })
})
