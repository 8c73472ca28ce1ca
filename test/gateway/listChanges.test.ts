import { afterAll, assert, beforeAll, describe, it } from "@effect/vitest"
import { objectIn, resultOf, textOf } from "../fixtures/envelope.ts"
import { type RunningGateway } from "../fixtures/gateway.ts"
import { metaKeys, modernMeta } from "../fixtures/modernClient.ts"
import { call, eras, isListChange, namesOf, paramsOf, roundTrip, speak, startBoth, type Spoken } from "./eras.ts"

const listenId = "listening"

describe("a change of the tools", () => {
  let gateway: RunningGateway
  beforeAll(async () => {
    gateway = await startBoth()
    const params = { _meta: modernMeta(), notifications: { toolsListChanged: true } }
    gateway.client.send({ jsonrpc: "2.0", id: listenId, method: "subscriptions/listen", params })
    await gateway.client.waitFor(
      ({ method }) => method === "notifications/subscriptions/acknowledged",
      "the acknowledgement"
    )
  })
  afterAll(() => gateway.stop())

  const subscriptionOf = (message: Parameters<typeof paramsOf>[0]) =>
    objectIn(paramsOf(message), "_meta")[metaKeys.subscriptionId]
  const forLegacy = (message: Parameters<typeof paramsOf>[0]) =>
    isListChange("tools")(message) && subscriptionOf(message) === undefined
  const forModern = (message: Parameters<typeof paramsOf>[0]) =>
    isListChange("tools")(message) && subscriptionOf(message) === listenId
  const changes = (from: number) => {
    const messages = gateway.client.messages.slice(from)
    return { legacy: messages.filter(forLegacy).length, modern: messages.filter(forModern).length }
  }
  /** Adds a tool and waits until both sides of the client have heard of it. */
  const addAndHear = async (server: Spoken, name: string) => {
    const from = gateway.client.messages.length
    await call(gateway.client, "legacy", `${server}__add-tool`, { name })
    await gateway.client.waitFor(forLegacy, "the legacy notification", { from })
    await gateway.client.waitFor(forModern, "the modern notification", { from })
    return from
  }

  for (const server of eras) {
    it(`at a ${server} backend is told once to each side of the client, and the tool is there`, async () => {
      const from = await addAndHear(server, "later")
      assert.deepStrictEqual(changes(from), { legacy: 1, modern: 1 })
      for (const era of eras) {
        assert.include(namesOf(resultOf(await speak(gateway.client, era, "tools/list"))), `${server}__later`)
        assert.strictEqual(textOf(await call(gateway.client, era, `${server}__later`)), "later was called")
      }
    })

    it(`at a ${server} backend that says so 200 times is told once`, async () => {
      const before = gateway.client.messages.length
      await call(gateway.client, "legacy", `${server}__add-tool`, { name: "flooded", silent: true })
      await call(gateway.client, "legacy", `${server}__flood-list-changed`, { n: 200 })
      await gateway.client.waitFor(forLegacy, "the notification", { from: before })
      // The marker comes after anything that the flood could still bring.
      const marker = await addAndHear(server, "marker")
      assert.deepStrictEqual(changes(before), { legacy: 2, modern: 2 })
      assert.deepStrictEqual(changes(marker), { legacy: 1, modern: 1 })
    })

    it(`that a ${server} backend announces but that is none is told to nobody`, async () => {
      const before = gateway.client.messages.length
      await call(gateway.client, "legacy", `${server}__flood-list-changed`, { n: 200 })
      await addAndHear(server, "after-nothing")
      assert.deepStrictEqual(changes(before), { legacy: 1, modern: 1 })
    })
  }

  it("is told no more once the subscription is cancelled", async () => {
    const from = gateway.client.messages.length
    gateway.client.notify("notifications/cancelled", { requestId: listenId })
    await call(gateway.client, "legacy", "legacy__add-tool", { name: "unheard" })
    await gateway.client.waitFor(forLegacy, "the legacy notification", { from })
    await roundTrip(gateway.client, "modern", "legacy")
    assert.deepStrictEqual(changes(from), { legacy: 1, modern: 0 })
    assert.deepStrictEqual(gateway.client.replies(listenId), [])
  })
})
