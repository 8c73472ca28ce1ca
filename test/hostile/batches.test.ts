import { assert, describe, it } from "@effect/vitest"
import { legacyBackend } from "../fixtures/gateway.ts"
import { openGateway } from "../faults/opened.ts"
import { codeAndId, repliesTo } from "./served.ts"

const ping = (id: number) => ({ jsonrpc: "2.0", id, method: "ping" })
const batch = (count: number) => `${JSON.stringify(Array.from({ length: count }, (_, index) => ping(9_000 + index)))}\n`

describe("a batch", () => {
  for (const version of ["2024-11-05", "2025-06-18", "2025-11-25"]) {
    it(`is refused as a whole in a session of ${version}, which has none`, async () => {
      await using gateway = await openGateway({ backends: [legacyBackend("one")] }, ["one__echo"], { version })
      for (const count of [0, 1, 3]) {
        assert.deepStrictEqual((await repliesTo(gateway.client, batch(count))).map(codeAndId), [[-32600, null]])
      }
    })
  }

  it("is served in a session of 2025-03-26, up to its bound", async () => {
    await using gateway = await openGateway({ backends: [legacyBackend("one")] }, ["one__echo"], {
      version: "2025-03-26"
    })
    const { client } = gateway
    assert.deepStrictEqual(
      (await repliesTo(client, batch(3))).map(({ id }) => id),
      [9_000, 9_001, 9_002]
    )
    assert.deepStrictEqual((await repliesTo(client, batch(0))).map(codeAndId), [[-32600, null]])
    assert.deepStrictEqual((await repliesTo(client, batch(65))).map(codeAndId), [[-32600, null]])
    const mixed = `[7,${JSON.stringify(ping(1))},[${JSON.stringify(ping(2))}],{"jsonrpc":"2.0","method":"notifications/x"}]\n`
    const answers = await repliesTo(client, mixed)
    assert.deepStrictEqual(answers.map(codeAndId), [
      [-32600, null],
      [undefined, 1],
      [-32600, null]
    ])
  })
})
