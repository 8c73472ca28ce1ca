import { assert, describe, it } from "@effect/vitest"
import { textOf } from "../fixtures/envelope.ts"
import { callTool } from "../fixtures/legacyClient.ts"
import { refusalOf } from "../faults/opened.ts"
import { untilStatus, type Status } from "../faults/status.ts"
import { attackerBackend } from "./attackerBackend.ts"
import { witnessed } from "./bystander.ts"

describe("lines on a backend's stdout that are no messages", () => {
  it("are passed over while they are few: a banner, log lines in JSON, bytes that are no UTF-8", async () => {
    await using scene = await witnessed(attackerBackend("one"), ["one__banner"])
    const { client } = scene
    const from = client.lines.length
    assert.strictEqual(textOf(await callTool(client, "one__banner")), "after the banner")
    assert.strictEqual(textOf(await callTool(client, "one__bad-bytes")), "after")
    assert.strictEqual(client.lines.slice(from).filter((line) => !line.startsWith('{"jsonrpc":"2.0"')).length, 0)
    const { of } = await untilStatus(scene.gateway, (status) => status.of("one")["state"] === "Ready", "readiness")
    assert.strictEqual(of("one")["restarts"], 0)
    await scene.unharmed()
  })

  it("are a violation of the protocol when they are many: the backend is started anew, its call is unknown", async () => {
    await using scene = await witnessed(attackerBackend("one"), ["one__chatter"])
    const { client } = scene
    const refusal = refusalOf(await callTool(client, "one__chatter"))
    assert.deepInclude(refusal, { code: -31005, certainty: "unknown" })
    assert.include(refusal.message, "more than 20 lines")
    assert.strictEqual(textOf(await callTool(client, "one__lists")), "1")
    const isBack = ({ of }: Status) => of("one")["restarts"] === 1 && of("one")["state"] === "Ready"
    await untilStatus(scene.gateway, isBack, "the next process")
    await scene.unharmed()
  })
})
