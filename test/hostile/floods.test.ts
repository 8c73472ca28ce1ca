import { assert, describe, it } from "@effect/vitest"
import { textOf } from "../fixtures/envelope.ts"
import { callTool } from "../fixtures/legacyClient.ts"
import { refusalOf } from "../faults/opened.ts"
import { attackerBackend } from "./attackerBackend.ts"
import { witnessed } from "./bystander.ts"

describe("a flood from a backend", () => {
  it("of list changes makes a few new lists, and tells a client nothing, because nothing has changed", async () => {
    await using scene = await witnessed(attackerBackend("one"), ["one__many-changes"])
    const { client } = scene
    // What the start itself has changed is told first.
    const from = client.notifications("notifications/tools/list_changed").length
    assert.strictEqual(textOf(await callTool(client, "one__many-changes")), "told 5000 times")
    const lists = Number(textOf(await callTool(client, "one__lists")))
    assert.isAtMost(lists, 12)
    assert.isAtMost(client.notifications("notifications/tools/list_changed").length - from, 1)
    await scene.unharmed()
  })

  it("of requests, whose answers it never reads, ends it before the answers fill the memory", async () => {
    await using scene = await witnessed(attackerBackend("one"), ["one__many-requests"])
    const { client } = scene
    const refusal = refusalOf(await callTool(client, "one__many-requests"))
    assert.deepInclude(refusal, { code: -31005, certainty: "unknown" })
    assert.include(refusal.message, "does not read")
    await scene.unharmed()
    assert.strictEqual(textOf(await callTool(client, "one__lists")), "1")
  })

  it("of progress reaches nobody who did not ask for it", async () => {
    await using scene = await witnessed(attackerBackend("one"), ["one__progress-flood"])
    const { client } = scene
    assert.strictEqual(textOf(await callTool(client, "one__progress-flood")), "progressed")
    assert.isEmpty(client.notifications("notifications/progress"))
    await scene.unharmed()
  })

  it("that comes byte by byte ends at the deadline of the call", async () => {
    await using scene = await witnessed(attackerBackend("one", "", { timeout_secs: 1 }), ["one__drip"])
    const refusal = refusalOf(await callTool(scene.client, "one__drip"))
    assert.deepInclude(refusal, { code: -31004, certainty: "unknown" })
    await scene.unharmed()
  })
})
