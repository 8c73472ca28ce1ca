import { assert, describe, it } from "@effect/vitest"
import { once } from "node:events"
import { availableParallelism, loadavg } from "node:os"
import { setTimeout as sleep } from "node:timers/promises"
import { errorOf, objectIn, resultOf, textOf } from "../fixtures/envelope.ts"
import { legacyBackend, modernBackend, startGateway, type RunningGateway } from "../fixtures/gateway.ts"
import { callTool } from "../fixtures/legacyClient.ts"
import { metaKeys, modernMeta } from "../fixtures/modernClient.ts"
import { allListed, entriesOf, namesOf, paramsOf } from "./eras.ts"

/** From SIGINT on: Claude Code kills what is still there after half a second. */
const endMillis = 400
/** Between SIGINT and SIGTERM. */
const termMillis = 100

/**
 * Where more processes want to run than there are processors, everything takes that much longer, this test's own timers
 * included: the bound is stretched by that factor, and by nothing on a machine that is not loaded.
 */
const stretched = (millis: number): number => millis * Math.max(1, ((loadavg()[0] ?? 0) / availableParallelism()) * 2)

const clientInfo = { name: "claude-code", title: "Claude Code", version: "2.1.0" }
const capabilities = { roots: {}, elicitation: {} }

/** The first messages of Claude Code, in its order. */
const open = async ({ client }: RunningGateway) => {
  const meta = modernMeta({ capabilities, clientInfo })
  const probe = client.request("server/discover", { _meta: meta }, { id: "probe" })
  assert.include(resultOf(await probe)["supportedVersions"], "2025-11-25")
  const opened = client.request("initialize", { protocolVersion: "2025-11-25", capabilities, clientInfo }, { id: 0 })
  assert.strictEqual(resultOf(await opened)["protocolVersion"], "2025-11-25")
  client.notify("notifications/initialized")
  const notifications = { toolsListChanged: true, promptsListChanged: true, resourcesListChanged: true }
  client.send({ jsonrpc: "2.0", id: "listen", method: "subscriptions/listen", params: { _meta: meta, notifications } })
  const acknowledged = await client.waitFor(
    ({ method }) => method === "notifications/subscriptions/acknowledged",
    "the acknowledgement"
  )
  assert.strictEqual(objectIn(paramsOf(acknowledged), "_meta")[metaKeys.subscriptionId], "listen")
  assert.deepStrictEqual(paramsOf(acknowledged)["notifications"], notifications)
}

/** Ends it as Claude Code does; resolves with the time from SIGINT to the end of the process. */
const end = async ({ client }: RunningGateway): Promise<number> => {
  const exited = once(client.child, "exit")
  const from = performance.now()
  client.signal("SIGINT")
  void sleep(termMillis).then(() => client.signal("SIGTERM"))
  await exited
  return performance.now() - from
}

describe("Claude Code", () => {
  it("opens, lists, calls and ends the gateway: in time, and with nothing left behind", async () => {
    await using gateway = startGateway({
      backends: [
        legacyBackend("one"),
        modernBackend("two"),
        legacyBackend("mine", [], { isolation: "session" }),
        { name: "real", type: "stdio", command: "mcp-server-everything" }
      ]
    })
    const { client } = gateway
    await open(gateway)
    await allListed(client)
    const [tools, prompts, resources, templates] = await Promise.all(
      ["tools/list", "prompts/list", "resources/list", "resources/templates/list"].map((method) =>
        client.request(method)
      )
    )
    assert.includeMembers([...namesOf(resultOf(tools ?? {}))], ["one__echo", "two__echo", "mine__echo", "real__echo"])
    assert.includeMembers([...namesOf(resultOf(prompts ?? {}), "prompts")], ["one__greet", "real__simple-prompt"])
    assert.isNotEmpty(entriesOf(resultOf(resources ?? {}), "resources"))
    assert.isNotEmpty(entriesOf(resultOf(templates ?? {}), "resourceTemplates"))

    const from = client.messages.length
    const called = await callTool(client, "one__progress", { steps: 3 }, { meta: { progressToken: 4 } })
    assert.strictEqual(textOf(called), "3 steps")
    const progress = client.messages.slice(from).filter(({ method }) => method === "notifications/progress")
    assert.deepStrictEqual(
      progress.map((message) => paramsOf(message)["progressToken"]),
      [4, 4, 4]
    )

    // A child of a backend, in a session of its own, and a call that runs: neither may hold up the end.
    await callTool(client, "two__spawn-child", { detached: true })
    client.send({ jsonrpc: "2.0", id: "running", method: "tools/call", params: { name: "one__hang" } })
    await callTool(client, "one__echo")
    assert.isAtLeast(gateway.processes().length, 6)

    const bound = stretched(endMillis)
    const took = await end(gateway)
    assert.deepStrictEqual(gateway.processes(), [])
    assert.isBelow(took, bound)
    // The open stream ends as it should.
    const { exited } = client
    await exited
    assert.deepInclude(resultOf(client.replies("listen")[0] ?? {}), { resultType: "complete" })
  })

  it("ends the gateway in time although its backends ignore every request to end", async () => {
    const stubborn = ["--ignore-sigterm", "--ignore-stdin-close"]
    await using gateway = startGateway({
      backends: [
        legacyBackend("one", stubborn),
        modernBackend("two", stubborn),
        legacyBackend("slow", ["--slow-start", "60000"])
      ]
    })
    await open(gateway)
    await gateway.client.until(() => (gateway.client.stderr.match(/is ready/g) ?? []).length === 2, "two backends")
    assert.lengthOf(gateway.processes(), 3)
    const bound = stretched(endMillis)
    const took = await end(gateway)
    assert.deepStrictEqual(gateway.processes(), [])
    assert.isBelow(took, bound)
  })

  it("may end the gateway the very moment it starts its backends", async () => {
    // The first thing this backend does is to send the signal itself.
    const sender = { name: "sender", type: "stdio", command: "sh", args: ["-c", "kill -INT $PPID; exec sleep 600"] }
    for (const backends of [
      [sender, legacyBackend("two")],
      [legacyBackend("one"), sender]
    ]) {
      const gateway = startGateway({ backends })
      await once(gateway.client.child, "exit")
      assert.deepStrictEqual(gateway.processes(), [])
      await gateway.stop()
    }
  })

  it("is told when its probe comes in a version that nobody speaks, and may go on with initialize", async () => {
    await using gateway = startGateway({ backends: [legacyBackend("one")] })
    const { client } = gateway
    const probe = await client.request("server/discover", { _meta: modernMeta({ version: "2099-01-01" }) })
    assert.strictEqual(errorOf(probe).code, -32022)
    const opened = await client.request("initialize", { protocolVersion: "2025-11-25", capabilities, clientInfo })
    assert.strictEqual(resultOf(opened)["protocolVersion"], "2025-11-25")
  })
})
