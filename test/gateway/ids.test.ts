import { afterAll, assert, beforeAll, describe, it } from "@effect/vitest"
import { errorOf, textOf } from "../fixtures/envelope.ts"
import { type RunningGateway } from "../fixtures/gateway.ts"
import { modernMeta } from "../fixtures/modernClient.ts"
import { call, combinations, eras, roundTrip, startBoth, type Spoken } from "./eras.ts"

describe("the id of a request", () => {
  let gateway: RunningGateway
  beforeAll(async () => {
    gateway = await startBoth()
  })
  afterAll(() => gateway.stop())
  const seen = async (server: Spoken, tool: string): Promise<number> =>
    JSON.parse(textOf(await call(gateway.client, "legacy", `${server}__calls-seen`)))[tool] ?? 0

  it("comes back with its type and value", async () => {
    for (const { client, server } of combinations) {
      for (const id of [
        7,
        "7",
        0,
        "0",
        "",
        -1,
        Number.MAX_SAFE_INTEGER,
        "sg:1",
        "sg-ask:1",
        '\u{1f600}\n"',
        "__proto__"
      ]) {
        const reply = await call(gateway.client, client, `${server}__echo`, { text: "x" }, { id })
        assert.strictEqual(reply["id"], id)
      }
    }
  })

  it("is another one when it is of another type, also at the same time", async () => {
    for (const { client, server } of combinations) {
      const [number, text] = await Promise.all([
        call(gateway.client, client, `${server}__reordered`, { n: 2, label: "number" }, { id: 77 }),
        call(gateway.client, client, `${server}__reordered`, { n: 2, label: "text" }, { id: "77" })
      ])
      assert.deepStrictEqual([textOf(number), textOf(text)], ["number", "text"])
    }
  })

  it("INV-1 that is in use already does not begin a second call, in the same era or the other", async () => {
    for (const { client, server } of combinations) {
      const before = await seen(server, "slow")
      const id = `busy-${client}-${server}`
      const first = call(gateway.client, client, `${server}__slow`, { ms: 100 }, { id })
      for (const era of eras) {
        const params = {
          name: `${server}__slow`,
          arguments: { ms: 0 },
          ...(era === "modern" && { _meta: modernMeta() })
        }
        gateway.client.send({ jsonrpc: "2.0", id, method: "tools/call", params })
      }
      assert.strictEqual(textOf(await first), "done")
      await roundTrip(gateway.client, client, server)
      assert.strictEqual(await seen(server, "slow"), before + 1)
      assert.lengthOf(gateway.client.replies(id), 1)
    }
  })

  it("that nobody may use is refused, and the call is not begun", async () => {
    const before = await seen("legacy", "pid")
    for (const id of ["null", "1.5", "9007199254740993", "1e400", "true", "{}", "[]"]) {
      const from = gateway.client.messages.length
      gateway.client.sendRaw(`{"jsonrpc":"2.0","id":${id},"method":"tools/call","params":{"name":"legacy__pid"}}\n`)
      const reply = await gateway.client.waitFor((message) => message["error"] !== undefined, "the refusal", { from })
      assert.isNull(reply["id"], id)
      assert.oneOf(errorOf(reply).code, [-32600, -32700], id)
    }
    assert.strictEqual(await seen("legacy", "pid"), before)
  })
})
