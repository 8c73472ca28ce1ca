import { afterAll, assert, beforeAll, describe, it } from "@effect/vitest"
import { errorOf, resultOf, textOf } from "../fixtures/envelope.ts"
import { legacyBackend, startGateway, type RunningGateway } from "../fixtures/gateway.ts"
import { modernMeta } from "../fixtures/modernClient.ts"
import { isAlive } from "../fixtures/processes.ts"
import { legacyOpen } from "../fixtures/legacyClient.ts"
import { allListed, call } from "./eras.ts"

const overloaded = -31_001

describe("a backend with isolation = session", () => {
  let gateway: RunningGateway
  beforeAll(async () => {
    const table = { isolation: "session", max_sessions: 2, session_idle_secs: 1 }
    gateway = startGateway({ backends: [legacyBackend("old", [], table)] })
    await legacyOpen(gateway.client)
    await allListed(gateway.client)
  })
  afterAll(() => gateway.stop())
  const pidFor = async (capabilities: { readonly [name: string]: {} }) =>
    Number(textOf(await call(gateway.client, "modern", "old__pid", {}, { capabilities })))

  it("gets the session's log level on a connection that is opened after it was set", async () => {
    resultOf(await gateway.client.request("logging/setLevel", { level: "error" }))
    const log = (level: string) => call(gateway.client, "legacy", "old__log", { level })
    assert.strictEqual(textOf(await log("warning")), "false")
    assert.strictEqual(textOf(await log("alert")), "true")
  })

  it("gives each set of capabilities a process of its own, up to a bound, and keeps it", async () => {
    const first = await pidFor({ roots: {} })
    assert.strictEqual(await pidFor({ roots: {} }), first)
    const own = Number(textOf(await call(gateway.client, "legacy", "old__pid")))
    assert.notStrictEqual(own, first)
    const refused = errorOf(await call(gateway.client, "modern", "old__pid", {}, { capabilities: { sampling: {} } }))
    assert.strictEqual(refused.code, overloaded)
    assert.include(refused.message, "max_sessions")
  })

  /** Resolves when the process has ended; keeps the session's own connection in use meanwhile. */
  const ended = async (pid: number) => {
    while (isAlive(pid)) await call(gateway.client, "legacy", "old__slow", { ms: 50 })
  }

  it("ends a connection that nobody uses, opens it again, and gives its place to another while nobody does", async () => {
    const first = await pidFor({ roots: {} })
    await ended(first)
    const again = await pidFor({ roots: {} })
    assert.notStrictEqual(again, first)
    await ended(again)
    assert.isTrue(isAlive(await pidFor({ sampling: {} })))
  })

  it("keeps a connection on which a resource is watched", async () => {
    const uri = "fixture://old/greeting"
    const watching = await pidFor({ sampling: {} })
    const params = {
      _meta: modernMeta({ capabilities: { sampling: {} } }),
      notifications: { resourceSubscriptions: [uri] }
    }
    gateway.client.send({ jsonrpc: "2.0", id: "watch", method: "subscriptions/listen", params })
    // Twice as long as it takes to be idle.
    for (let waited = 0; waited < 2_000; waited += 200) await call(gateway.client, "legacy", "old__slow", { ms: 200 })
    assert.isTrue(isAlive(watching))
    gateway.client.notify("notifications/cancelled", { requestId: "watch" })
    await ended(watching)
  })
})
