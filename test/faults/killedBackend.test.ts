import { assert, describe, it } from "@effect/vitest"
import { textOf } from "../fixtures/envelope.ts"
import { legacyBackend, modernBackend } from "../fixtures/gateway.ts"
import { callTool } from "../fixtures/legacyClient.ts"
import { atOnceMillis, callsSeen, openGateway, pidOf, refusalOf, timed } from "./opened.ts"
import { untilStatus } from "./status.ts"

const quick = { restart_base_ms: 10 }

describe("a backend that is killed in the middle of a call", () => {
  for (const [era, backend] of [
    ["stateful", legacyBackend],
    ["stateless", modernBackend]
  ] as const) {
    it(`INV-16 ends that call at once as unknown and answers the next one after its restart (${era})`, async () => {
      await using gateway = await openGateway({ backends: [backend("one", [], quick)] }, ["one__pid"])
      const { client } = gateway
      const hanging = callTool(client, "one__hang")
      const pid = await pidOf(client, "one")
      process.kill(pid, "SIGKILL")
      const { millis, value } = await timed(hanging)
      assert.deepInclude(refusalOf(value), { code: -31005, certainty: "unknown", backend: "one" })
      assert.include(refusalOf(value).message, "SIGKILL")
      assert.isBelow(millis, atOnceMillis)
      assert.notStrictEqual(await pidOf(client, "one"), pid)
      assert.strictEqual(await callsSeen(client, "one", "hang"), 0)
    })
  }

  it("INV-15 is not noticed by the callers of another backend", async () => {
    const backends = [legacyBackend("one", [], quick), modernBackend("two")]
    await using gateway = await openGateway({ backends }, ["one__pid", "two__pid"])
    const { client } = gateway
    const other = await pidOf(client, "two")
    const elsewhere = callTool(client, "two__slow", { ms: 400 })
    const hanging = callTool(client, "one__hang")
    process.kill(await pidOf(client, "one"), "SIGKILL")
    const during = await timed(callTool(client, "two__echo", { text: "here" }))
    assert.strictEqual(textOf(during.value), "here")
    assert.isBelow(during.millis, atOnceMillis)
    refusalOf(await hanging)
    assert.strictEqual(textOf(await elsewhere), "done")
    assert.strictEqual(await pidOf(client, "two"), other)
    const { of } = await untilStatus(gateway, (status) => status.of("one")["restarts"] === 1, "the restart")
    assert.deepInclude(of("two"), { state: "Ready", restarts: 0, circuit: "Closed", pid: other })
  })

  it("INV-3 sends what was waiting for its turn to the next process, once", async () => {
    const backends = [legacyBackend("one", [], { ...quick, max_in_flight: 1 })]
    await using gateway = await openGateway({ backends }, ["one__pid"])
    const { client } = gateway
    const pid = await pidOf(client, "one")
    const hanging = callTool(client, "one__hang")
    const waiting = ["a", "b"].map((text) => callTool(client, "one__echo", { text }))
    process.kill(pid, "SIGKILL")
    assert.strictEqual(refusalOf(await hanging).certainty, "unknown")
    assert.deepStrictEqual((await Promise.all(waiting)).map(textOf), ["a", "b"])
    assert.strictEqual(await callsSeen(client, "one", "echo"), 2)
  })

  it("counts as one failure, however many calls are lost with it, so that the circuit stays closed", async () => {
    await using gateway = await openGateway({ backends: [legacyBackend("one", [], quick)] }, ["one__pid"])
    const { client } = gateway
    const lost = Array.from({ length: 12 }, () => callTool(client, "one__hang"))
    process.kill(await pidOf(client, "one"), "SIGKILL")
    for (const reply of await Promise.all(lost)) assert.strictEqual(refusalOf(reply).certainty, "unknown")
    assert.strictEqual(textOf(await callTool(client, "one__echo", { text: "again" })), "again")
  })

  it("refuses what was waiting for its turn as not sent, when it is not to be started again", async () => {
    const backends = [legacyBackend("one", [], { max_in_flight: 1, restart_on_exit: false }), legacyBackend("two")]
    await using gateway = await openGateway({ backends }, ["one__pid", "two__pid"])
    const { client } = gateway
    const pid = await pidOf(client, "one")
    const hanging = callTool(client, "one__hang")
    const waiting = callTool(client, "one__echo")
    await pidOf(client, "two")
    process.kill(pid, "SIGKILL")
    assert.strictEqual(refusalOf(await hanging).certainty, "unknown")
    assert.deepInclude(refusalOf(await waiting), { code: -31002, certainty: "not_sent", backend: "one" })
    const later = refusalOf(await callTool(client, "one__echo"))
    assert.include(later.message, "restart_on_exit is off")
    assert.strictEqual(textOf(await callTool(client, "two__echo", { text: "still here" })), "still here")
  })
})
