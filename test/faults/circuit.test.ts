import { assert, describe, it } from "@effect/vitest"
import { setTimeout as sleep } from "node:timers/promises"
import { errorOf, textOf } from "../fixtures/envelope.ts"
import { legacyBackend } from "../fixtures/gateway.ts"
import { callTool } from "../fixtures/legacyClient.ts"
import { callsSeen, openGateway, pidOf, refusalOf } from "./opened.ts"
import { untilStatus } from "./status.ts"

const brittle = { circuit_breaker_threshold: 2, circuit_breaker_recovery_secs: 1 }

describe("the circuit of a backend", () => {
  it("INV-21, INV-22, INV-39 opens after its threshold, refuses with a time to wait, and closes again when probes succeed", async () => {
    const backends = [legacyBackend("one", [], brittle), legacyBackend("two", [], brittle)]
    await using gateway = await openGateway({ backends }, ["one__pid", "two__pid"])
    const { client } = gateway
    const pid = await pidOf(client, "one")
    for (let failure = 0; failure < 2; failure++) {
      assert.strictEqual(errorOf(await callTool(client, "one__internal-error")).code, -32603)
    }
    const refusal = refusalOf(await callTool(client, "one__echo"))
    assert.deepInclude(refusal, { code: -31003, certainty: "not_sent", backend: "one" })
    assert.isAbove(refusal.retryAfterMs, 0)
    assert.isAtMost(refusal.retryAfterMs, 1_200)
    assert.strictEqual(textOf(await callTool(client, "two__echo", { text: "unaffected" })), "unaffected")
    await untilStatus(gateway, ({ of }) => of("one")["circuit"] === "Open", "the open circuit")
    // It keeps its word: after that time a call goes through, and no other while that one is out.
    await sleep(refusal.retryAfterMs)
    const probe = callTool(client, "one__slow", { ms: 300 })
    assert.strictEqual(refusalOf(await callTool(client, "one__echo")).code, -31003)
    assert.strictEqual(textOf(await probe), "done")
    assert.strictEqual(await pidOf(client, "one"), pid)
    await untilStatus(gateway, ({ of }) => of("one")["circuit"] === "Closed", "the closed circuit")
    assert.strictEqual(await callsSeen(client, "one", "echo"), 0)
  })

  it("opens anew when the probe fails", async () => {
    await using gateway = await openGateway({ backends: [legacyBackend("one", [], brittle)] }, ["one__pid"])
    const { client } = gateway
    for (let failure = 0; failure < 2; failure++) await callTool(client, "one__internal-error")
    await sleep(refusalOf(await callTool(client, "one__echo")).retryAfterMs)
    assert.strictEqual(errorOf(await callTool(client, "one__internal-error")).code, -32603)
    assert.isAbove(refusalOf(await callTool(client, "one__echo")).retryAfterMs, 1_000)
  })

  it("INV-24 is not opened by results that say isError, nor by cancelled calls", async () => {
    await using gateway = await openGateway({ backends: [legacyBackend("one", [], brittle)] }, ["one__pid"])
    const { client } = gateway
    for (let call = 0; call < 4; call++) {
      await callTool(client, "one__is-error")
      const id = `cancelled-${call}`
      client.send({ jsonrpc: "2.0", id, method: "tools/call", params: { name: "one__hang", arguments: {} } })
      client.notify("notifications/cancelled", { requestId: id })
    }
    assert.strictEqual(textOf(await callTool(client, "one__echo", { text: "closed" })), "closed")
    for (let call = 0; call < 4; call++) assert.isEmpty(client.replies(`cancelled-${call}`))
  })
})
