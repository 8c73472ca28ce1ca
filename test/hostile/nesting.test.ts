import { assert, describe, it } from "@effect/vitest"
import { textOf } from "../fixtures/envelope.ts"
import { legacyBackend } from "../fixtures/gateway.ts"
import { openGateway } from "../faults/opened.ts"
import { codeAndId, repliesTo } from "./served.ts"

const depth = 10_000
const lists = (levels: number) => `${"[".repeat(levels)}${"]".repeat(levels)}`
const objects = (levels: number) => `${'{"a":'.repeat(levels)}1${"}".repeat(levels)}`
const echo = (id: string, value: string) =>
  `{"jsonrpc":"2.0","id":"${id}","method":"tools/call","params":{"name":"one__echo","arguments":{"text":"deep","more":${value}}}}\n`

describe("JSON that is nested 10,000 levels deep", () => {
  it("is refused wherever it is, and reaches no backend", async () => {
    await using gateway = await openGateway({ backends: [legacyBackend("one")] }, ["one__echo"])
    const { client } = gateway
    for (const value of [lists(depth), objects(depth)]) {
      assert.deepStrictEqual((await repliesTo(client, `${value}\n`)).map(codeAndId), [[-32600, null]])
      assert.deepStrictEqual((await repliesTo(client, echo("arguments", value))).map(codeAndId), [
        [-32600, "arguments"]
      ])
      const id = `{"jsonrpc":"2.0","id":${value},"method":"ping"}\n`
      assert.deepStrictEqual((await repliesTo(client, id)).map(codeAndId), [[-32600, null]])
    }
  })

  it("is refused as well where it does not end", async () => {
    await using gateway = await openGateway({ backends: [legacyBackend("one")] }, ["one__echo"])
    const { client } = gateway
    for (const opening of ["[", '{"a":']) {
      assert.deepStrictEqual((await repliesTo(client, `${opening.repeat(500_000)}\n`)).map(codeAndId), [[-32700, null]])
    }
  })

  it("is no reason to refuse what is nested as people nest", async () => {
    await using gateway = await openGateway({ backends: [legacyBackend("one")] }, ["one__echo"])
    const [reply] = await repliesTo(gateway.client, echo("fine", objects(50)))
    assert.strictEqual(textOf(reply ?? {}), "deep")
  })
})
