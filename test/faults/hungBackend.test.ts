import { assert, describe, it } from "@effect/vitest"
import { textOf } from "../fixtures/envelope.ts"
import { legacyBackend, modernBackend } from "../fixtures/gateway.ts"
import { callTool } from "../fixtures/legacyClient.ts"
import { isAlive } from "../fixtures/processes.ts"
import type { JsonObject } from "../../src/domain/Json.ts"
import { openGateway, pidOf, refusalOf } from "./opened.ts"
import { untilStatus } from "./status.ts"

const probed = {
  health_interval_secs: 1,
  health_timeout_secs: 1,
  health_misses: 2,
  restart_base_ms: 10,
  timeout_secs: 30
}

describe("a backend that hangs", () => {
  it("is found by its probes, killed and restarted; its call ends long before the deadline", async () => {
    const backends = [legacyBackend("one", [], probed), legacyBackend("two")]
    await using gateway = await openGateway({ backends }, ["one__pid", "two__pid"])
    const { client } = gateway
    const pid = await pidOf(client, "one")
    process.kill(pid, "SIGSTOP")
    const stuck = callTool(client, "one__echo", { text: "for the stopped one" })
    assert.strictEqual(textOf(await callTool(client, "two__echo", { text: "unaffected" })), "unaffected")
    const refusal = refusalOf(await stuck)
    assert.deepInclude(refusal, { code: -31005, certainty: "unknown" })
    assert.include(refusal.message, "did not answer 2 probes in a row")
    const next = await pidOf(client, "one")
    assert.notStrictEqual(next, pid)
    assert.isFalse(isAlive(pid))
    const isBack = (one: JsonObject) => one["pid"] === next && one["state"] === "Ready"
    const { of } = await untilStatus(gateway, (status) => isBack(status.of("one")), "the next process")
    assert.deepInclude(of("one"), { state: "Ready", restarts: 1 })
    assert.strictEqual(of("two")["restarts"], 0)
  })

  it("is found as well when the process lives and only its protocol is silent", async () => {
    const backends = [modernBackend("one", [], { ...probed, health_misses: 1 })]
    await using gateway = await openGateway({ backends }, ["one__pid"])
    const { client } = gateway
    const pid = await pidOf(client, "one")
    await callTool(client, "one__fall-silent")
    await untilStatus(gateway, ({ of }) => of("one")["restarts"] === 1, "the restart")
    assert.notStrictEqual(await pidOf(client, "one"), pid)
  })

  it("is left alone while it works on a call and answers its probes", async () => {
    const backends = [legacyBackend("one", [], { ...probed, health_misses: 1 })]
    await using gateway = await openGateway({ backends }, ["one__pid"])
    const { client } = gateway
    const pid = await pidOf(client, "one")
    assert.strictEqual(textOf(await callTool(client, "one__slow", { ms: 3_500 })), "done")
    assert.strictEqual(await pidOf(client, "one"), pid)
  })
})
