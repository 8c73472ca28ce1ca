import { assert, describe, it } from "@effect/vitest"
import { textOf } from "../fixtures/envelope.ts"
import { legacyBackend } from "../fixtures/gateway.ts"
import { openGateway } from "../faults/opened.ts"
import { codeAndId, repliesTo } from "./served.ts"

const echo = (id: string, text: string) =>
  `{"jsonrpc":"2.0","id":"${id}","method":"tools/call","params":{"name":"one__echo","arguments":{"text":"${text}"}}}`

describe("odd bytes from a client", () => {
  it("that are empty lines are nothing", async () => {
    await using gateway = await openGateway({ backends: [legacyBackend("one")] }, ["one__echo"])
    assert.isEmpty(await repliesTo(gateway.client, "\n\n\r\n\n"))
  })

  it("that end lines as Windows does are read as well", async () => {
    await using gateway = await openGateway({ backends: [legacyBackend("one")] }, ["one__echo"])
    const replies = await repliesTo(gateway.client, `${echo("crlf", "windows")}\r\n`)
    assert.deepStrictEqual(replies.map(textOf), ["windows"])
  })

  it("that are no UTF-8 become the replacement character inside a string, and an error outside", async () => {
    await using gateway = await openGateway({ backends: [legacyBackend("one")] }, ["one__echo"])
    const { client } = gateway
    const [before, after] = echo("bytes", "<here>").split("<here>")
    const bytes = Buffer.concat([Buffer.from(before ?? ""), Buffer.from([0xc3, 0x28, 0xff]), Buffer.from(`${after}\n`)])
    assert.deepStrictEqual((await repliesTo(client, bytes)).map(textOf), ["\ufffd(\ufffd"])
    assert.deepStrictEqual((await repliesTo(client, Buffer.from([0xff, 0xfe, 0x0a]))).map(codeAndId), [[-32700, null]])
    assert.deepStrictEqual((await repliesTo(client, Buffer.from([0x00, 0x0a]))).map(codeAndId), [[-32700, null]])
  })

  it("that cut a character in two make it whole again", async () => {
    await using gateway = await openGateway({ backends: [legacyBackend("one")] }, ["one__echo"])
    const { client } = gateway
    const bytes = Buffer.from(`${echo("cut", "\u{1f600}")}\n`)
    const inside = bytes.indexOf(0xf0) + 2
    client.sendRaw(bytes.subarray(0, inside))
    await client.until(() => client.child.stdin.writableLength === 0, "the first half to be written")
    assert.deepStrictEqual((await repliesTo(client, bytes.subarray(inside))).map(textOf), ["\u{1f600}"])
  })
})
