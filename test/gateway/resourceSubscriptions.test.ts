import { afterAll, assert, beforeAll, describe, it } from "@effect/vitest"
import { type JsonObject } from "../../src/domain/Json.ts"
import { errorOf, objectIn, resultOf, textOf } from "../fixtures/envelope.ts"
import { legacyBackend, modernBackend, startGateway, type RunningGateway } from "../fixtures/gateway.ts"
import { legacyOpen } from "../fixtures/legacyClient.ts"
import { metaKeys, modernMeta } from "../fixtures/modernClient.ts"
import { allListed, call, eras, paramsOf, roundTrip, startBoth, type Spoken } from "./eras.ts"

describe("a subscription to a resource", () => {
  let gateway: RunningGateway
  beforeAll(async () => {
    gateway = await startBoth()
  })
  afterAll(() => gateway.stop())

  const listen = async (id: string, uri: string) => {
    const from = gateway.client.messages.length
    const params = { _meta: modernMeta(), notifications: { resourceSubscriptions: [uri] } }
    gateway.client.send({ jsonrpc: "2.0", id, method: "subscriptions/listen", params })
    const acknowledged = await gateway.client.waitFor(
      ({ method }) => method === "notifications/subscriptions/acknowledged",
      "the acknowledgement",
      { from }
    )
    return paramsOf(acknowledged)
  }
  /** Lets a backend say that a resource changed; what the client heard of it. */
  const touch = async (server: Spoken, uri: string) => {
    const from = gateway.client.messages.length
    await call(gateway.client, "legacy", `${server}__touch-resource`, { uri })
    await roundTrip(gateway.client, "legacy", server)
    const messages = gateway.client.messages.slice(from)
    return messages.filter(({ method }) => method === "notifications/resources/updated").map(paramsOf)
  }
  const of = (updates: ReadonlyArray<JsonObject>) =>
    updates.map((params) => objectIn(params, "_meta")[metaKeys.subscriptionId] ?? "session")

  for (const server of eras) {
    const greeting = `fixture://${server}/greeting`

    it(`of a legacy client brings updates of a ${server} backend, until it ends`, async () => {
      assert.deepStrictEqual(await touch(server, greeting), [])
      assert.deepStrictEqual(resultOf(await gateway.client.request("resources/subscribe", { uri: greeting })), {})
      await roundTrip(gateway.client, "legacy", server)
      assert.deepStrictEqual(await touch(server, greeting), [{ uri: greeting }])
      assert.deepStrictEqual(resultOf(await gateway.client.request("resources/unsubscribe", { uri: greeting })), {})
      await roundTrip(gateway.client, "legacy", server)
      assert.deepStrictEqual(await touch(server, greeting), [])
    })

    it(`of a modern client brings updates of a ${server} backend under the subscription's id`, async () => {
      const id = `listen-${server}`
      const acknowledged = await listen(id, greeting)
      assert.deepStrictEqual(acknowledged, {
        notifications: { resourceSubscriptions: [greeting] },
        _meta: { [metaKeys.subscriptionId]: id }
      })
      await roundTrip(gateway.client, "modern", server)
      assert.deepStrictEqual(await touch(server, greeting), [
        { uri: greeting, _meta: { [metaKeys.subscriptionId]: id } }
      ])
      gateway.client.notify("notifications/cancelled", { requestId: id })
      await roundTrip(gateway.client, "modern", server)
      assert.deepStrictEqual(await touch(server, greeting), [])
    })

    it(`of either side of a client to a ${server} backend ends without the other's`, async () => {
      const id = `both-${server}`
      await gateway.client.request("resources/subscribe", { uri: greeting })
      await listen(id, greeting)
      await roundTrip(gateway.client, "legacy", server)
      assert.sameMembers(of(await touch(server, greeting)), ["session", id])
      await gateway.client.request("resources/unsubscribe", { uri: greeting })
      await roundTrip(gateway.client, "legacy", server)
      assert.deepStrictEqual(of(await touch(server, greeting)), [id])
      await gateway.client.request("resources/subscribe", { uri: greeting })
      gateway.client.notify("notifications/cancelled", { requestId: id })
      await roundTrip(gateway.client, "legacy", server)
      assert.deepStrictEqual(of(await touch(server, greeting)), ["session"])
      await gateway.client.request("resources/unsubscribe", { uri: greeting })
    })

    it(`to a ${server} backend holds for the parts of a resource, not for one whose name begins alike`, async () => {
      const note = `fixture://${server}/note/1`
      await gateway.client.request("resources/subscribe", { uri: note })
      await roundTrip(gateway.client, "legacy", server)
      const force = async (uri: string) => {
        const from = gateway.client.messages.length
        const reply = await call(gateway.client, "legacy", `${server}__touch-resource`, { uri, force: true })
        if (server === "legacy") assert.strictEqual(textOf(reply), '{"notified":1}')
        await roundTrip(gateway.client, "legacy", server)
        const messages = gateway.client.messages.slice(from)
        return messages.filter(({ method }) => method === "notifications/resources/updated").length
      }
      assert.strictEqual(await force(`${note}/line/3`), 1)
      assert.strictEqual(await force(`${note}0`), 0)
      await gateway.client.request("resources/unsubscribe", { uri: note })
    })
  }

  it("to a resource that nobody has is refused", async () => {
    const refused = await gateway.client.request("resources/subscribe", { uri: "fixture://nobody/greeting" })
    assert.strictEqual(errorOf(refused).code, -32602)
    assert.strictEqual(errorOf(await gateway.client.request("resources/subscribe", {})).code, -32602)
  })
})

describe("a subscription to a resource of a backend that is not up yet", () => {
  it("begins when it is", async () => {
    await using gateway = startGateway({ backends: [legacyBackend("legacy"), modernBackend("modern")] })
    const { client } = gateway
    const uris = eras.map((server) => `fixture://${server}/greeting`)
    const params = { _meta: modernMeta(), notifications: { resourceSubscriptions: uris } }
    client.send({ jsonrpc: "2.0", id: "early", method: "subscriptions/listen", params })
    await legacyOpen(client)
    await allListed(client)
    for (const server of eras) {
      const uri = `fixture://${server}/greeting`
      const from = client.messages.length
      assert.strictEqual(textOf(await call(client, "modern", `${server}__touch-resource`, { uri })), '{"notified":1}')
      await client.waitFor((message) => paramsOf(message)["uri"] === uri, "the update", { from })
    }
  })
})
