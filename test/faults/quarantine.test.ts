import { assert, describe, it } from "@effect/vitest"
import { textOf } from "../fixtures/envelope.ts"
import { legacyBackend, type RunningGateway } from "../fixtures/gateway.ts"
import { callTool } from "../fixtures/legacyClient.ts"
import { atOnceMillis, killDuringCall, listedTools, openGateway, pidOf, refusalOf, timed } from "./opened.ts"
import { untilState } from "./status.ts"

/** Restarts within the window that a backend is granted by default (design, "Backend"). */
const allowed = 5

const crashUntilQuarantined = async ({ client }: RunningGateway): Promise<void> => {
  for (let crash = 0; crash <= allowed; crash++) await killDuringCall(client, "one")
}

describe("a backend that crashes again and again", () => {
  it("INV-13, INV-15 is quarantined, which its status and its refusals say; the others go on", async () => {
    const backends = [legacyBackend("one", [], { restart_base_ms: 10 }), legacyBackend("two")]
    await using gateway = await openGateway({ backends }, ["one__pid", "two__pid"])
    const { client } = gateway
    await crashUntilQuarantined(gateway)
    const { of } = await untilState(gateway, "one", "Quarantined")
    assert.deepInclude(of("one"), { restarts: allowed, pid: null })
    assert.include(String(of("one")["reason"]), `${allowed} restarts within 300 s`)
    assert.include(String(of("one")["reason"]), "SIGKILL")
    assert.isAbove(Number(of("one")["retryInMs"]), 200_000)
    const { millis, value } = await timed(callTool(client, "one__echo"))
    const refusal = refusalOf(value)
    assert.deepInclude(refusal, { code: -31006, certainty: "not_sent", backend: "one" })
    assert.include(refusal.message, "quarantined")
    assert.isAbove(refusal.retryAfterMs, 200_000)
    assert.isBelow(millis, atOnceMillis)
    // When it is down its tools stay listed, by default.
    assert.include(await listedTools(client), "one__echo")
    assert.strictEqual(textOf(await callTool(client, "two__echo", { text: "on" })), "on")
    assert.strictEqual(of("two")["restarts"], 0)
  })

  it("is tried again slowly, and serves when that succeeds", async () => {
    const backends = [legacyBackend("one", [], { restart_base_ms: 10, max_restarts: 0, quarantine_retry_secs: 1 })]
    await using gateway = await openGateway({ backends }, ["one__pid"])
    const { client } = gateway
    const pid = await killDuringCall(client, "one")
    const refusal = refusalOf(await callTool(client, "one__echo"))
    assert.strictEqual(refusal.code, -31006)
    assert.isAtMost(refusal.retryAfterMs, 1_000)
    await untilState(gateway, "one", "Ready")
    assert.notStrictEqual(await pidOf(client, "one"), pid)
  })

  it("is hidden while it is down, when when_down says so", async () => {
    const backends = [legacyBackend("one", [], { when_down: "hide", max_restarts: 0 }), legacyBackend("two")]
    await using gateway = await openGateway({ backends }, ["one__pid", "two__pid"])
    const { client } = gateway
    const from = client.messages.length
    process.kill(await pidOf(client, "one"), "SIGKILL")
    await client.waitFor(({ method }) => method === "notifications/tools/list_changed", "the change", { from })
    const listed = await listedTools(client)
    assert.isFalse(listed.some((name) => name.startsWith("one__")))
    assert.include(listed, "two__echo")
  })
})
