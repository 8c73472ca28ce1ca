import { assert, describe, it } from "@effect/vitest"
import { textOf } from "../fixtures/envelope.ts"
import { legacyBackend } from "../fixtures/gateway.ts"
import { callTool } from "../fixtures/legacyClient.ts"
import { modernCall } from "../fixtures/modernClient.ts"
import { isAlive } from "../fixtures/processes.ts"
import { killDuringCall, openGateway, pidOf, refusalOf } from "./opened.ts"
import { untilStatus, type Status } from "./status.ts"

const own = { isolation: "session", restart_base_ms: 10 }

describe("a backend with a process for each session", () => {
  it("is stopped when it was idle for long enough, and started anew by the next call", async () => {
    const backends = [legacyBackend("one", [], { ...own, session_idle_secs: 1 })]
    await using gateway = await openGateway({ backends }, ["one__pid"])
    const { client } = gateway
    const first = await pidOf(client, "one")
    const isIdle = await untilStatus(gateway, (status) => status.sessionsOf("one")[0]?.["state"] === "Idle", "idleness")
    assert.deepInclude(isIdle.sessionsOf("one")[0] ?? {}, { pid: null, inFlight: 0 })
    const second = await pidOf(client, "one")
    assert.notStrictEqual(second, first)
    assert.isFalse(isAlive(first))
  })

  it("is not stopped while a call runs, however long", async () => {
    const backends = [legacyBackend("one", [], { ...own, session_idle_secs: 1 })]
    await using gateway = await openGateway({ backends }, ["one__pid"])
    const { client } = gateway
    const pid = await pidOf(client, "one")
    assert.strictEqual(textOf(await callTool(client, "one__slow", { ms: 2_500 })), "done")
    assert.strictEqual(await pidOf(client, "one"), pid)
  })

  it("restarts like any other, and its crash is not one of the shared process", async () => {
    await using gateway = await openGateway({ backends: [legacyBackend("one", [], own)] }, ["one__pid"])
    const { client } = gateway
    const first = await killDuringCall(client, "one")
    const second = await pidOf(client, "one")
    assert.notStrictEqual(second, first)
    const isSeen = await untilStatus(
      gateway,
      (status) => status.sessionsOf("one")[0]?.["restarts"] === 1,
      "the restart"
    )
    assert.strictEqual(isSeen.of("one")["restarts"], 0)
  })

  it("INV-32 has no more processes than max_sessions; one that was stopped for idleness gives way", async () => {
    const backends = [legacyBackend("one", [], { ...own, max_sessions: 1, session_idle_secs: 1 })]
    await using gateway = await openGateway({ backends }, ["one__pid"])
    const { client } = gateway
    const able = { capabilities: { elicitation: {} } }
    // To a client that can do more the backend shows more: it gets another process.
    const busy = modernCall(client, "one__slow", { ms: 300 })
    const refusal = refusalOf(await modernCall(client, "one__pid", {}, able))
    assert.deepInclude(refusal, { code: -31001, certainty: "not_sent", backend: "one" })
    assert.include(refusal.message, "max_sessions")
    assert.isAbove(refusal.retryAfterMs, 0)
    assert.strictEqual(textOf(await busy), "done")
    const isIdle = (status: Status) => status.sessionsOf("one")[0]?.["state"] === "Idle"
    const { of, sessionsOf } = await untilStatus(gateway, isIdle, "idleness")
    assert.strictEqual(sessionsOf("one").length, 1)
    const pid = Number(textOf(await modernCall(client, "one__pid", {}, able)))
    assert.notStrictEqual(pid, of("one")["pid"])
    const later = await untilStatus(gateway, (status) => status.whole["at"] !== undefined, "the status")
    assert.strictEqual(later.sessionsOf("one").length, 1)
  })
})
