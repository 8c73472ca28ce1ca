import { assert, describe, it } from "@effect/vitest"
import { isReply, textOf } from "../fixtures/envelope.ts"
import type { StdioClient } from "../fixtures/client.ts"
import { legacyBackend, modernBackend } from "../fixtures/gateway.ts"
import { openGateway, pidOf, refusalOf } from "./opened.ts"

const names = ["a", "b", "c", "d"]
const roomy = { max_in_flight: 250, max_queued: 250, restart_base_ms: 10 }
const backends = names.map((name, index) => (index % 2 === 0 ? legacyBackend : modernBackend)(name, [], roomy))
const perBackend = 250

/** Calls of all backends in turn; each backend answers its own in an order that is not theirs. */
const calls = (): string =>
  Array.from({ length: perBackend * names.length }, (_, index) => {
    const name = `${names[index % names.length]}__reordered`
    const params = { name, arguments: { n: 10, label: `answer ${index}` } }
    return `${JSON.stringify({ jsonrpc: "2.0", id: index + 1_000, method: "tools/call", params })}\n`
  }).join("")

/** Every reply from here on; once all are there, and every backend has shown that it has no more to say. */
const allReplies = async (client: StdioClient, from: number) => {
  const replies = () => client.messages.slice(from).filter(isReply)
  await client.until(() => replies().length >= everyId.length, "1,000 replies")
  for (const name of names) await pidOf(client, name)
  return replies().slice(0, -names.length)
}

const everyId = Array.from({ length: perBackend * names.length }, (_, index) => index + 1_000)

describe("1,000 calls in flight over four backends", () => {
  it("INV-1 are each answered exactly once, with their own answer", async () => {
    await using gateway = await openGateway(
      { backends },
      names.map((name) => `${name}__reordered`)
    )
    const { client } = gateway
    const from = client.messages.length
    client.sendRaw(calls())
    const replies = await allReplies(client, from)
    assert.strictEqual(replies.length, everyId.length)
    assert.strictEqual(new Set(replies.map(({ id }) => id)).size, everyId.length)
    for (const reply of replies) assert.strictEqual(textOf(reply), `answer ${Number(reply["id"]) - 1_000}`)
  })

  it("INV-1, INV-16 are each answered exactly once when one of the four is killed meanwhile", async () => {
    await using gateway = await openGateway(
      { backends },
      names.map((name) => `${name}__reordered`)
    )
    const { client } = gateway
    const pid = await pidOf(client, "b")
    const from = client.messages.length
    process.kill(pid, "SIGSTOP")
    client.sendRaw(calls())
    const isAnswered = () => client.messages.slice(from).filter(isReply).length >= everyId.length - perBackend
    await client.until(isAnswered, "the replies of the other three")
    process.kill(pid, "SIGKILL")
    const replies = await allReplies(client, from)
    assert.strictEqual(new Set(replies.map(({ id }) => id)).size, everyId.length)
    assert.strictEqual(replies.length, everyId.length)
    const lost = replies.filter(({ error }) => error !== undefined).map(refusalOf)
    assert.strictEqual(lost.length, perBackend)
    for (const refusal of lost) assert.deepInclude(refusal, { certainty: "unknown", backend: "b" })
  })
})
