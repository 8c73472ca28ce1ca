import { assert, describe, it } from "@effect/vitest"
import { objectIn, parseObject, resultOf, textOf } from "../fixtures/envelope.ts"
import { legacyBackend } from "../fixtures/gateway.ts"
import { callTool } from "../fixtures/legacyClient.ts"
import { openGateway } from "./opened.ts"

describe("a server request under the id of a call that is pending", () => {
  it("INV-1 is answered as a request, and the call gets its own reply", async () => {
    await using gateway = await openGateway({ backends: [legacyBackend("one")] }, ["one__same-id-request"])
    const { client } = gateway
    const reply = await callTool(client, "one__same-id-request", { method: "ping" }, { id: "mine" })
    assert.deepStrictEqual(parseObject(textOf(reply)), { answer: {} })
    assert.strictEqual(client.replies("mine").length, 1)
    assert.isEmpty(client.serverRequests)
  })

  it("is refused when the client can't be asked, which ends no call", async () => {
    await using gateway = await openGateway({ backends: [legacyBackend("one")] }, ["one__same-id-request"])
    const { client } = gateway
    for (const method of ["sampling/createMessage", "made/up"]) {
      const reply = await callTool(client, "one__same-id-request", { method })
      const answer = objectIn(parseObject(textOf(reply)), "answer")
      assert.strictEqual(objectIn(answer, "error")["code"], -32601)
    }
  })

  it("reaches the client of a per-session backend under an id of the gateway's own", async () => {
    const backends = [legacyBackend("one", [], { isolation: "session" })]
    const opening = { capabilities: { roots: {} } }
    await using gateway = await openGateway({ backends }, ["one__same-id-request"], opening)
    const { client } = gateway
    client.onServerRequest("roots/list", () => ({ roots: [{ uri: "file:///here" }] }))
    const reply = await callTool(client, "one__same-id-request", { method: "roots/list" }, { id: "sg:1" })
    assert.deepStrictEqual(parseObject(textOf(reply)), { answer: { roots: [{ uri: "file:///here" }] } })
    assert.strictEqual(client.replies("sg:1").length, 1)
    assert.notInclude(
      client.serverRequests.map(({ id }) => id),
      "sg:1"
    )
    resultOf(await callTool(client, "one__echo", { text: "on" }))
  })
})
