import { assert, describe, it } from "@effect/vitest"
import { legacyBackend } from "../fixtures/gateway.ts"
import { callTool } from "../fixtures/legacyClient.ts"
import { pidOf, refusalOf } from "../faults/opened.ts"
import { untilState } from "../faults/status.ts"
import { attackerBackend } from "./attackerBackend.ts"
import { witnessed } from "./bystander.ts"

const small = { max_frame_bytes: 200_000, restart_base_ms: 10 }

describe("a line of a backend beyond max_frame_bytes", () => {
  for (const [tool, what] of [
    ["oversize", "a whole reply"],
    ["endless-line", "a line that never ends"]
  ] as const) {
    it(`ends the call as unknown and the process, once it crosses the bound: ${what}`, async () => {
      await using scene = await witnessed(legacyBackend("one", [], small), [`one__${tool}`])
      const { client } = scene
      const pid = await pidOf(client, "one")
      const refusal = refusalOf(await callTool(client, `one__${tool}`, { bytes: 200_001 }))
      assert.deepInclude(refusal, { code: -31005, certainty: "unknown" })
      assert.include(refusal.message, "200000 bytes")
      assert.notStrictEqual(await pidOf(client, "one"), pid)
      await scene.unharmed()
    })
  }

  it("is none at exactly that size", async () => {
    await using scene = await witnessed(legacyBackend("one", [], small), ["one__oversize"])
    const reply = await callTool(scene.client, "one__oversize", { bytes: 200_000 })
    assert.isAbove(scene.client.rawOf(reply).length, 199_900)
  })

  it("costs no memory, be it 500 MB or a tool list of 50 MB", async () => {
    await using scene = await witnessed(legacyBackend("one", [], { restart_base_ms: 10 }), ["one__endless-line"])
    assert.strictEqual(
      refusalOf(await callTool(scene.client, "one__endless-line", { bytes: 500_000_000 })).certainty,
      "unknown"
    )
    await scene.unharmed()
    await using other = await witnessed(attackerBackend("one", "huge-frame", { max_restarts: 1 }))
    const { of } = await untilState(other.gateway, "one", "Quarantined")
    assert.include(String(of("one")["reason"]), "more than 16777216 bytes")
    await other.unharmed()
  })
})
