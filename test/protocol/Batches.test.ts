import { assert, describe, it } from "@effect/vitest"
import { envelopeBounds, parse, parseBatch } from "../../src/protocol/Envelope.ts"
import { replyText, requestFrame } from "../../src/protocol/Splice.ts"

const ping = (id: number) => `{"jsonrpc":"2.0","id":${id},"method":"ping"}`

describe("Batches", () => {
  it("keeps the digits of every number that JavaScript can't hold", () => {
    const call =
      '{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"t","arguments":{"n":12345678901234567890}}}'
    const reply = '{"jsonrpc":"2.0","id":2,"result":{"n":12345678901234567891}}'
    const batch = parseBatch(`[${call}, ${reply}]`)
    const [first, second] = batch._tag === "Batch" ? batch.messages : []
    assert.include(first?._tag === "Request" ? requestFrame(1, first.method, first.params) : "", "12345678901234567890")
    assert.include(second?._tag === "Reply" ? replyText(second) : "", "12345678901234567891")
  })

  it("are refused where no version with batches was negotiated", () => {
    const message = parse(`[${ping(1)}]`)
    assert.deepInclude(message, { _tag: "Invalid", code: -32600, id: null })
    assert.match(message._tag === "Invalid" ? message.reason : "", /^batches/u)
  })

  it("are read message by message, each valid or not by itself", () => {
    const batch = parseBatch(
      `[${ping(1)}, {"jsonrpc":"2.0","method":"n"},[],{"jsonrpc":"2.0","id":2,"result":{"a":1}}]`
    )
    if (batch._tag !== "Batch") return assert.fail("not a batch")
    assert.deepEqual(
      batch.messages.map((message) => message._tag),
      ["Request", "Notification", "Invalid", "Reply"]
    )
    assert.deepInclude(batch.messages[3], { text: '{"jsonrpc":"2.0","id":2,"result":{"a":1}}' })
  })

  it("may be absent: a single message is read as ever", () => {
    assert.deepInclude(parseBatch(ping(1)), { _tag: "Request", id: 1 })
    assert.deepInclude(parseBatch("nonsense"), { _tag: "Invalid", code: -32700 })
  })

  it("are refused whole when empty, too many or too deep", () => {
    const many = (count: number) => `[${Array.from({ length: count }, (_, index) => ping(index)).join(",")}]`
    assert.deepInclude(parseBatch("[]"), { _tag: "Invalid", code: -32600 })
    assert.deepInclude(parseBatch(many(envelopeBounds.batchMessages)), { _tag: "Batch" })
    assert.deepInclude(parseBatch(many(envelopeBounds.batchMessages + 1)), { _tag: "Invalid", code: -32600 })
    assert.deepInclude(parseBatch(`[${"[".repeat(10_000)}${"]".repeat(10_000)}]`), { _tag: "Invalid", code: -32600 })
  })
})
