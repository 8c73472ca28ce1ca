import { assert, describe, it } from "@effect/vitest"
import { textOf } from "../fixtures/envelope.ts"
import { legacyBackend, modernBackend } from "../fixtures/gateway.ts"
import { callTool } from "../fixtures/legacyClient.ts"
import { callsSeen, openGateway, pidOf, refusalOf, timed } from "./opened.ts"

const cancelled = async (client: Parameters<typeof callTool>[0]): Promise<ReadonlyArray<unknown>> => {
  const ids: unknown = JSON.parse(textOf(await callTool(client, "one__cancelled-list")))
  return Array.isArray(ids) ? ids : []
}

describe("the deadline of a call", () => {
  for (const [era, backend] of [
    ["stateful", legacyBackend],
    ["stateless", modernBackend]
  ] as const) {
    it(`ends a call that is not answered as unknown, and cancels it at the backend (${era})`, async () => {
      await using gateway = await openGateway({ backends: [backend("one", [], { timeout_secs: 1 })] }, ["one__hang"])
      const { client } = gateway
      const pid = await pidOf(client, "one")
      const { millis, value } = await timed(callTool(client, "one__hang"))
      const refusal = refusalOf(value)
      assert.deepInclude(refusal, { code: -31004, certainty: "unknown", backend: "one" })
      assert.include(refusal.message, "within 1 s")
      assert.isAtLeast(millis, 950)
      assert.isBelow(millis, 4_000)
      assert.strictEqual((await cancelled(client)).length, 1)
      assert.strictEqual(await pidOf(client, "one"), pid)
    })
  }

  it("drops the reply that comes after it", async () => {
    await using gateway = await openGateway({ backends: [legacyBackend("one", [], { timeout_secs: 1 })] }, [
      "one__hang"
    ])
    const { client } = gateway
    // It answers as soon as the cancellation comes, which is when the gateway has answered itself.
    assert.strictEqual(refusalOf(await callTool(client, "one__late-reply", {}, { id: "late" })).certainty, "unknown")
    await pidOf(client, "one")
    assert.strictEqual(client.replies("late").length, 1)
  })

  it("counts from the moment a call comes in: one that did not get its turn in time is not sent, and never is", async () => {
    const backends = [legacyBackend("one", [], { timeout_secs: 1, max_in_flight: 1 })]
    await using gateway = await openGateway({ backends }, ["one__hang"])
    const { client } = gateway
    const calls = await Promise.all(Array.from({ length: 6 }, () => callTool(client, "one__hang")))
    const certainties = calls.map((reply) => refusalOf(reply).certainty)
    assert.deepStrictEqual([certainties.at(0), certainties.at(-1)], ["unknown", "not_sent"])
    for (const reply of calls) assert.strictEqual(refusalOf(reply).code, -31004)
    const unknown = certainties.filter((certainty) => certainty === "unknown").length
    assert.strictEqual(await callsSeen(client, "one", "hang"), unknown)
  })
})
