import { assert, describe, it } from "@effect/vitest"
import { isJsonObject } from "../../src/domain/Json.ts"
import { objectIn, resultOf, textIn, textOf } from "../fixtures/envelope.ts"
import { legacyBackend, modernBackend } from "../fixtures/gateway.ts"
import { callTool } from "../fixtures/legacyClient.ts"
import { isAlive } from "../fixtures/processes.ts"
import { killDuringCall, listedTools, openGateway, pidOf, untilListed } from "./opened.ts"
import { untilStatus } from "./status.ts"

const quick = { restart_base_ms: 10 }

describe("a restart", () => {
  it("really brings the backend back: state, catalog, calls, resources and prompts", async () => {
    const backends = [legacyBackend("one", [], quick)]
    await using gateway = await openGateway({ backends }, ["one__pid"])
    const { client } = gateway
    const first = await killDuringCall(client, "one")
    const second = await pidOf(client, "one")
    assert.notStrictEqual(second, first)
    assert.isFalse(isAlive(first))
    const { of } = await untilStatus(gateway, (status) => status.of("one")["pid"] === second, "the restart")
    assert.deepInclude(of("one"), { state: "Ready", restarts: 1, health: "up", inFlight: 0, queued: 0 })
    const uri = "fixture://one/greeting"
    const { contents } = resultOf(await client.request("resources/read", { uri }))
    assert.strictEqual(
      textIn(Array.isArray(contents) && isJsonObject(contents[0]) ? contents[0] : {}, "text", ""),
      "Hello"
    )
    assert.isDefined(resultOf(await client.request("prompts/get", { name: "one__plain" }))["messages"])
  })

  it("takes the new process's catalog: a tool that is gone is listed no more, and the client is told", async () => {
    const backends = [legacyBackend("one", [], quick)]
    await using gateway = await openGateway({ backends }, ["one__pid"])
    const { client } = gateway
    await callTool(client, "one__add-tool", { name: "passing" })
    await untilListed(client, ["one__passing"])
    assert.strictEqual(textOf(await callTool(client, "one__passing")), "passing was called")
    const from = client.messages.length
    await killDuringCall(client, "one")
    await client.waitFor(({ method }) => method === "notifications/tools/list_changed", "the change", { from })
    assert.notInclude(await listedTools(client), "one__passing")
  })

  for (const [era, backend] of [
    ["stateful", legacyBackend],
    ["stateless", modernBackend]
  ] as const) {
    it(`keeps resource subscriptions and list changes alive (${era})`, async () => {
      await using gateway = await openGateway({ backends: [backend("one", [], quick)] }, ["one__pid"])
      const { client } = gateway
      const uri = "fixture://one/greeting"
      resultOf(await client.request("resources/subscribe", { uri }))
      await killDuringCall(client, "one")
      await pidOf(client, "one")
      const from = client.messages.length
      await callTool(client, "one__touch-resource", { uri })
      const isUpdate = ({ method }: { readonly method?: unknown }) => method === "notifications/resources/updated"
      const update = await client.waitFor(isUpdate, "the update", { from })
      assert.strictEqual(objectIn(update, "params")["uri"], uri)
      await callTool(client, "one__add-tool", { name: "later" })
      await untilListed(client, ["one__later"])
    })
  }

  it("INV-15 is counted, and one backend's is none of another's", async () => {
    const backends = [legacyBackend("one", [], quick), legacyBackend("two", [], quick)]
    await using gateway = await openGateway({ backends }, ["one__pid", "two__pid"])
    const { client } = gateway
    const other = await pidOf(client, "two")
    for (let time = 0; time < 3; time++) await killDuringCall(client, "one")
    await pidOf(client, "one")
    const { of } = await untilStatus(gateway, (status) => status.of("one")["restarts"] === 3, "three restarts")
    assert.deepInclude(of("two"), { restarts: 0, pid: other })
  })
})
