import { afterAll, assert, beforeAll, describe, it } from "@effect/vitest"
import { errorOf, resultOf } from "../fixtures/envelope.ts"
import { type RunningGateway } from "../fixtures/gateway.ts"
import { call, eras, paramsOf, roundTrip, speak, startBoth, type SpeakOptions, type Spoken } from "./eras.ts"

describe("log messages of a backend", () => {
  let gateway: RunningGateway
  beforeAll(async () => {
    gateway = await startBoth()
  })
  afterAll(() => gateway.stop())

  /** Lets a backend log once at a level; the messages that came. */
  const logged = async (era: Spoken, server: Spoken, level: string, options: SpeakOptions = {}) => {
    const from = gateway.client.messages.length
    const data = { [`${era}-${server}`]: [1, null] }
    resultOf(await call(gateway.client, era, `${server}__log`, { level, data }, options))
    await roundTrip(gateway.client, era, server)
    const messages = gateway.client.messages.slice(from)
    return messages.filter(({ method }) => method === "notifications/message").map(paramsOf)
  }

  for (const server of eras) {
    it(`reach a modern client from a ${server} backend when its request asks for that level, and only then`, async () => {
      const expected = [{ level: "warning", logger: server, data: { [`modern-${server}`]: [1, null] } }]
      assert.deepStrictEqual(await logged("modern", server, "warning", { logLevel: "warning" }), expected)
      assert.deepStrictEqual(await logged("modern", server, "info", { logLevel: "warning" }), [])
      assert.deepStrictEqual(await logged("modern", server, "emergency"), [])
    })

    it(`reach a legacy client from a ${server} backend from the level on that it has set`, async () => {
      resultOf(await gateway.client.request("logging/setLevel", { level: "error" }))
      const expected = [{ level: "alert", logger: server, data: { [`legacy-${server}`]: [1, null] } }]
      assert.deepStrictEqual(await logged("legacy", server, "alert"), expected)
      assert.deepStrictEqual(await logged("legacy", server, "warning"), [])
      resultOf(await gateway.client.request("logging/setLevel", { level: "debug" }))
      assert.strictEqual((await logged("legacy", server, "debug")).length, 1)
    })

    it(`of a ${server} backend belong to the request that asked for them, whatever else runs`, async () => {
      const { client: line } = gateway
      const quiet = [1, 2].map(() => call(line, "modern", `${server}__slow`, { ms: 50 }))
      const wanted = logged("modern", server, "notice", { logLevel: "debug" })
      quiet.push(call(line, "modern", `${server}__slow`, { ms: 50 }))
      assert.strictEqual((await wanted).length, 1)
      await Promise.all(quiet)
    })
  }

  it("at a level that does not exist are refused", async () => {
    assert.strictEqual(errorOf(await gateway.client.request("logging/setLevel", { level: "loud" })).code, -32602)
    assert.strictEqual(errorOf(await gateway.client.request("logging/setLevel", {})).code, -32602)
    const refused = await call(gateway.client, "modern", "modern__log", {}, { logLevel: "loud" })
    assert.strictEqual(errorOf(refused).code, -32602)
    const gone = await speak(gateway.client, "modern", "logging/setLevel", { level: "info" })
    assert.strictEqual(errorOf(gone).code, -32601)
  })
})
