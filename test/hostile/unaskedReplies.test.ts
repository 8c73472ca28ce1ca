import { assert, describe, it } from "@effect/vitest"
import { textOf } from "../fixtures/envelope.ts"
import { legacyBackend, modernBackend } from "../fixtures/gateway.ts"
import { callTool } from "../fixtures/legacyClient.ts"
import { pidOf, refusalOf } from "../faults/opened.ts"
import { untilStatus } from "../faults/status.ts"
import { attackerBackend } from "./attackerBackend.ts"
import { witnessed } from "./bystander.ts"

describe("replies of a backend that nobody asked for", () => {
  for (const [era, backend] of [
    ["stateful", legacyBackend],
    ["stateless", modernBackend]
  ] as const) {
    it(`INV-1 are dropped: to unknown ids, a second one, and one that comes too late (${era})`, async () => {
      await using scene = await witnessed(backend("one", [], { timeout_secs: 1 }), ["one__pid"])
      const { client } = scene
      const pid = await pidOf(client, "one")
      assert.strictEqual(textOf(await callTool(client, "one__unknown-id-reply", {}, { id: "unknown" })), "for you")
      assert.strictEqual(textOf(await callTool(client, "one__duplicate-reply", {}, { id: "twice" })), "first")
      const late = await callTool(client, "one__late-reply", {}, { id: "late" })
      assert.strictEqual(refusalOf(late).certainty, "unknown")
      assert.strictEqual(await pidOf(client, "one"), pid)
      for (const id of ["unknown", "twice", "late"]) assert.strictEqual(client.replies(id).length, 1)
      for (const id of ["never-asked", 987_654_321]) assert.isEmpty(client.replies(id))
      await scene.unharmed()
    })
  }

  it("are dropped by the thousand, and never answer another call", async () => {
    await using scene = await witnessed(attackerBackend("one"), ["one__many-replies"])
    const { client } = scene
    const calls = Array.from({ length: 5 }, () => callTool(client, "one__many-replies"))
    assert.deepStrictEqual((await Promise.all(calls)).map(textOf), Array(5).fill("first"))
    assert.strictEqual(textOf(await callTool(client, "one__lists")), "1")
    await scene.unharmed()
  })

  it("never answer a call of the next process when they come from the one before (INV-17)", async () => {
    await using scene = await witnessed(attackerBackend("one"), ["one__haunt"])
    const { client, gateway } = scene
    await callTool(client, "one__haunt")
    await untilStatus(
      gateway,
      ({ of }) => of("one")["restarts"] === 1 && of("one")["state"] === "Ready",
      "the next process"
    )
    const from = client.lines.length
    for (let call = 0; call < 20; call++) {
      assert.strictEqual(textOf(await callTool(client, "one__lists")), "1")
    }
    assert.isFalse(client.lines.slice(from).some((line) => line.includes("from the grave")))
    // The one that was left behind is gone, though it was in a session of its own: two backends are all there is.
    assert.strictEqual(gateway.processes().length, 2)
    await scene.unharmed()
  })
})
