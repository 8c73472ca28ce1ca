import { afterAll, assert, beforeAll, describe, it } from "@effect/vitest"
import { errorOf, resultOf, textOf } from "../fixtures/envelope.ts"
import { legacyBackend, modernBackend, startGateway, type RunningGateway } from "../fixtures/gateway.ts"
import { callTool, legacyOpen } from "../fixtures/legacyClient.ts"
import { allListed, isListChange, missingIn, namesOf } from "./eras.ts"

describe("the tools of a backend that is down", () => {
  let gateway: RunningGateway
  beforeAll(async () => {
    const restart = { restart_base_ms: 400 }
    gateway = startGateway({
      backends: [legacyBackend("kept", [], restart), modernBackend("hidden", [], { ...restart, when_down: "hide" })]
    })
    await legacyOpen(gateway.client)
    await allListed(gateway.client)
  })
  afterAll(() => gateway.stop())
  const list = async () => resultOf(await gateway.client.request("tools/list"))

  it('are gone while it is down, and back afterwards, with when_down = "hide"', async () => {
    const { client } = gateway
    let from = client.messages.length
    assert.strictEqual(errorOf(await callTool(client, "hidden__crash")).code, -31_005)
    await client.waitFor(isListChange("tools"), "the tools going", { from })
    const down = await list()
    assert.deepStrictEqual([...missingIn(down)], ["hidden"])
    assert.notInclude(namesOf(down), "hidden__echo")
    // What is not listed can't be called.
    assert.strictEqual(errorOf(await callTool(client, "hidden__echo")).code, -32602)
    assert.include(namesOf(down), "kept__echo")

    from = client.messages.length
    await client.waitFor(isListChange("tools"), "the tools coming back", { from })
    assert.include(namesOf(await list()), "hidden__echo")
    assert.strictEqual(textOf(await callTool(client, "hidden__echo", { text: "back" })), "back")
  })

  it("stay listed otherwise, nobody is told of a change, and a call waits for the restart", async () => {
    const { client } = gateway
    const from = client.messages.length
    assert.strictEqual(errorOf(await callTool(client, "kept__crash")).code, -31_005)
    assert.include(namesOf(await list()), "kept__echo")
    assert.strictEqual(textOf(await callTool(client, "kept__echo", { text: "back" })), "back")
    assert.deepStrictEqual(client.messages.slice(from).filter(isListChange("tools")), [])
  })
})
