import { assert, describe, it } from "@effect/vitest"
import { isReply, textOf } from "../fixtures/envelope.ts"
import { legacyBackend } from "../fixtures/gateway.ts"
import { callTool } from "../fixtures/legacyClient.ts"
import { openGateway, refusalOf } from "./opened.ts"

const slowCalls = (count: number, prefix: string): string =>
  Array.from({ length: count }, (_, index) => {
    const params = { name: "one__slow", arguments: { ms: 700 } }
    return `${JSON.stringify({ jsonrpc: "2.0", id: `${prefix}${index}`, method: "tools/call", params })}\n`
  }).join("")

describe("more calls than are allowed", () => {
  it("INV-32 are refused at once with a time to wait, while the others are served and another backend is not touched", async () => {
    const backends = [legacyBackend("one", [], { max_in_flight: 2, max_queued: 3 }), legacyBackend("two")]
    await using gateway = await openGateway({ backends }, ["one__slow", "two__echo"])
    const { client } = gateway
    const from = client.messages.length
    client.sendRaw(slowCalls(50, "s"))
    assert.strictEqual(textOf(await callTool(client, "two__echo", { text: "free" })), "free")
    const replies = () => client.messages.slice(from).filter(isReply)
    await client.until(() => replies().length === 51, "every reply")
    // The refusals and the other backend's reply come before the first slow call has ended.
    assert.deepStrictEqual(
      replies()
        .slice(46)
        .flatMap(({ result }) => result ?? []).length,
      5
    )
    const refusals = replies()
      .slice(0, 46)
      .filter(({ error }) => error !== undefined)
      .map(refusalOf)
    assert.strictEqual(refusals.length, 45)
    for (const refusal of refusals) {
      assert.deepInclude(refusal, { code: -31001, certainty: "not_sent", backend: "one" })
      assert.isAbove(refusal.retryAfterMs, 0)
    }
    for (let index = 0; index < 50; index++) assert.strictEqual(client.replies(`s${index}`).length, 1)
    assert.strictEqual(textOf(await callTool(client, "one__echo", { text: "room again" })), "room again")
  })

  it("INV-32 are refused by the gateway as a whole beyond max_calls", async () => {
    const backends = [legacyBackend("one")]
    await using gateway = await openGateway({ extra: "[gateway]\nmax_calls = 4", backends }, ["one__slow"])
    const { client } = gateway
    client.sendRaw(slowCalls(6, "g"))
    await client.until(
      () => [0, 1, 2, 3, 4, 5].every((index) => client.replies(`g${index}`).length === 1),
      "all replies"
    )
    const refusals = [4, 5].flatMap((index) => client.replies(`g${index}`)).map(refusalOf)
    for (const refusal of refusals) {
      assert.deepInclude(refusal, { code: -31001, certainty: "not_sent" })
      assert.include(refusal.message, "max_calls")
      assert.isAbove(refusal.retryAfterMs, 0)
    }
    for (let index = 0; index < 4; index++) assert.isDefined(client.replies(`g${index}`)[0]?.["result"])
    assert.strictEqual(textOf(await callTool(client, "one__echo", { text: "room again" })), "room again")
  })
})
