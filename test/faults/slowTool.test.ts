import { assert, describe, it } from "@effect/vitest"
import { textOf } from "../fixtures/envelope.ts"
import { legacyBackend, modernBackend } from "../fixtures/gateway.ts"
import { callTool } from "../fixtures/legacyClient.ts"
import { atOnceMillis, openGateway, timed } from "./opened.ts"

describe("a slow tool", () => {
  for (const [era, backend] of [
    ["stateful", legacyBackend],
    ["stateless", modernBackend]
  ] as const) {
    it(`blocks no other call, neither at its own backend nor at another (${era})`, async () => {
      await using gateway = await openGateway({ backends: [backend("one"), backend("two")] }, [
        "one__hang",
        "two__echo"
      ])
      const { client } = gateway
      const id = "slow"
      client.send({ jsonrpc: "2.0", id, method: "tools/call", params: { name: "one__hang", arguments: {} } })
      for (const name of ["one", "two"]) {
        const { millis, value } = await timed(callTool(client, `${name}__echo`, { text: name }))
        assert.strictEqual(textOf(value), name)
        assert.isBelow(millis, atOnceMillis)
      }
      assert.isEmpty(client.replies(id))
      client.notify("notifications/cancelled", { requestId: id })
    })
  }
})
