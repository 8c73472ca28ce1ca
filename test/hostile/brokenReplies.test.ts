import { assert, describe, it } from "@effect/vitest"
import { legacyBackend } from "../fixtures/gateway.ts"
import { callTool } from "../fixtures/legacyClient.ts"
import { pidOf, refusalOf } from "../faults/opened.ts"
import { untilState } from "../faults/status.ts"
import { attackerBackend } from "./attackerBackend.ts"
import { witnessed } from "./bystander.ts"

describe("a reply that is none", () => {
  for (const [tool, what] of [
    ["both", "with a result and an error"],
    ["no-object", "whose result is no object"],
    ["bad-error", "whose error has no code"],
    ["deep-result", "that is nested 10,000 levels deep"],
    ["broken-json", "that is no JSON"]
  ] as const) {
    it(`ends its call at once as unknown, and its process: one ${what}`, async () => {
      await using scene = await witnessed(attackerBackend("one", "", { max_restarts: 1 }), [`one__${tool}`])
      const { client } = scene
      const refusal = refusalOf(await callTool(client, `one__${tool}`, {}, { id: "first" }))
      assert.deepInclude(refusal, { code: -31005, certainty: "unknown", backend: "one" })
      assert.include(refusal.message, "not valid JSON-RPC")
      assert.strictEqual(client.replies("first").length, 1)
      // It does it again: that is once too often.
      assert.strictEqual(refusalOf(await callTool(client, `one__${tool}`)).certainty, "unknown")
      await untilState(scene.gateway, "one", "Quarantined")
      assert.strictEqual(refusalOf(await callTool(client, `one__${tool}`)).code, -31006)
      await scene.unharmed()
    })
  }

  it("and no more, because the backend exits after half of it, ends the call as unknown", async () => {
    await using scene = await witnessed(legacyBackend("one", [], { restart_base_ms: 10 }), ["one__crash"])
    const { client } = scene
    const pid = await pidOf(client, "one")
    const refusal = refusalOf(await callTool(client, "one__crash", { code: 4, when: "mid-reply" }))
    assert.deepInclude(refusal, { code: -31005, certainty: "unknown" })
    assert.include(refusal.message, "exited with code 4")
    assert.notStrictEqual(await pidOf(client, "one"), pid)
    await scene.unharmed()
  })
})
