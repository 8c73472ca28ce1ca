import { assert, describe, it } from "@effect/vitest"
import { objectIn } from "../fixtures/envelope.ts"
import { legacyBackend } from "../fixtures/gateway.ts"
import { callTool } from "../fixtures/legacyClient.ts"
import { peakMegabytes } from "../faults/memory.ts"
import { callsSeen, openGateway } from "../faults/opened.ts"
import { codeAndId, repliesTo } from "./served.ts"

const mebibyte = 1_048_576
const tenMebibytes = Buffer.alloc(10 * mebibyte, "x")

describe("a line beyond max_frame_bytes from a client", () => {
  it("is dropped with one error, costs no memory however long it gets, and what follows it is served", async () => {
    await using gateway = await openGateway({ backends: [legacyBackend("one")] }, ["one__echo"])
    const { client } = gateway
    const before = peakMegabytes(client.pid)
    for (let piece = 0; piece < 10; piece++) client.sendRaw(tenMebibytes)
    const errors = await repliesTo(client, "\n")
    assert.deepStrictEqual(errors.map(codeAndId), [[-32600, null]])
    assert.include(String(objectIn(errors[0], "error")["message"]), "max_frame_bytes")
    assert.isBelow(peakMegabytes(client.pid) - before, 60)
  })

  it("is dropped as well when it is a call, which no backend gets to see", async () => {
    const extra = "[gateway]\nmax_frame_bytes = 10_000"
    await using gateway = await openGateway({ extra, backends: [legacyBackend("one")] }, ["one__echo"])
    const { client } = gateway
    const line = (bytes: number) => {
      const head =
        '{"jsonrpc":"2.0","id":"sized","method":"tools/call","params":{"name":"one__add","arguments":{"a":1,"pad":"'
      return `${head}${"p".repeat(bytes - head.length - 4)}"}}}\n`
    }
    const refused = await repliesTo(client, line(10_001))
    assert.deepStrictEqual(refused.map(codeAndId), [[-32600, null]])
    assert.strictEqual(await callsSeen(client, "one", "add"), 0)
    assert.deepStrictEqual(
      (await repliesTo(client, line(9_999))).map(({ id }) => id),
      ["sized"]
    )
    assert.strictEqual(await callsSeen(client, "one", "add"), 1)
  })

  it("may be as large as a person's largest: 3 MiB arrive whole", async () => {
    await using gateway = await openGateway({ backends: [legacyBackend("one")] }, ["one__echo"])
    const text = "ä".repeat(1.5 * mebibyte)
    const reply = await callTool(gateway.client, "one__echo", { text })
    assert.include(gateway.client.rawOf(reply), text)
  })
})
