import { assert, describe, it } from "@effect/vitest"
import { errorOf, textOf } from "../fixtures/envelope.ts"
import { legacyBackend, startGateway } from "../fixtures/gateway.ts"
import { legacyOpen } from "../fixtures/legacyClient.ts"
import { modernMeta } from "../fixtures/modernClient.ts"
import { allListed } from "./eras.ts"

const request = (id: string, name: string, params = {}) => ({
  jsonrpc: "2.0",
  id,
  method: "tools/call",
  params: { name, ...params }
})

describe("a batch", () => {
  it("is understood in a session of 2025-03-26, and each of its messages is served", async () => {
    await using gateway = startGateway({ backends: [legacyBackend("one")] })
    const { client } = gateway
    await legacyOpen(client, { version: "2025-03-26" })
    await allListed(client)
    const batch = [
      request("a", "one__echo", { arguments: { text: "A" } }),
      { jsonrpc: "2.0", method: "notifications/unheard-of" },
      { jsonrpc: "2.0", id: "c", method: 7 },
      request("b", "one__echo", { arguments: { text: "B" } })
    ]
    client.sendRaw(`${JSON.stringify(batch)}\n`)
    for (const id of ["a", "b", "c"]) await client.until(() => client.replies(id).length > 0, `the reply to ${id}`)
    assert.strictEqual(textOf(client.replies("a")[0] ?? {}), "A")
    assert.strictEqual(textOf(client.replies("b")[0] ?? {}), "B")
    assert.strictEqual(errorOf(client.replies("c")[0] ?? {}).code, -32600)
    const from = client.messages.length
    client.sendRaw("[]\n")
    await client.waitFor((message) => message["error"] !== undefined, "the refusal of an empty batch", { from })
  })

  it("is refused as a whole in every other session, and by a modern request", async () => {
    await using gateway = startGateway({ backends: [legacyBackend("one")] })
    const { client } = gateway
    const refused = async (batch: string) => {
      const from = client.messages.length
      client.sendRaw(`${batch}\n`)
      const reply = await client.waitFor((message) => message["error"] !== undefined, "the refusal", { from })
      assert.strictEqual(errorOf(reply).code, -32600)
      assert.isNull(reply["id"])
    }
    await refused(JSON.stringify([request("a", "one__echo", { _meta: modernMeta() })]))
    for (const version of ["2024-11-05", "2025-06-18", "2025-11-25"]) {
      await legacyOpen(client, { version })
      await refused(JSON.stringify([request("a", "one__echo")]))
    }
    assert.deepStrictEqual(client.replies("a"), [])
  })
})
