import { afterAll, assert, beforeAll, describe, it } from "@effect/vitest"
import { isJsonObject } from "../../src/domain/Json.ts"
import { resultOf, textOf } from "../fixtures/envelope.ts"
import { type RunningGateway } from "../fixtures/gateway.ts"
import { modernMeta } from "../fixtures/modernClient.ts"
import { call, combinations, roundTrip, startBoth, type Spoken } from "./eras.ts"

describe("a cancelled request", () => {
  let gateway: RunningGateway
  beforeAll(async () => {
    gateway = await startBoth({ table: { max_in_flight: 2 } })
  })
  afterAll(() => gateway.stop())

  const parsed = (text: string): ReadonlyArray<unknown> => {
    const value: unknown = JSON.parse(text)
    return Array.isArray(value) ? value : []
  }
  const cancelledAt = async (server: Spoken) =>
    parsed(textOf(await call(gateway.client, "legacy", `${server}__cancelled-list`)))
  const callsSeen = async (server: Spoken, tool: string): Promise<unknown> => {
    const seen: unknown = JSON.parse(textOf(await call(gateway.client, "legacy", `${server}__calls-seen`)))
    return isJsonObject(seen) ? seen[tool] : undefined
  }
  const begin = (era: Spoken, name: string, id: string) => {
    const params = { name, ...(era === "modern" && { _meta: modernMeta() }) }
    gateway.client.send({ jsonrpc: "2.0", id, method: "tools/call", params })
  }
  const cancel = (id: string | number) =>
    gateway.client.notify("notifications/cancelled", { requestId: id, reason: "changed my mind" })

  for (const { client, server } of combinations) {
    it(`of a ${client} client is cancelled at a ${server} backend and gets no reply`, async () => {
      const before = (await cancelledAt(server)).length
      const id = `cancel-${client}-${server}`
      begin(client, `${server}__cancel-me`, id)
      await roundTrip(gateway.client, client, server)
      cancel(id)
      const after = await cancelledAt(server)
      assert.strictEqual(after.length, before + 1)
      assert.match(String(after.at(-1)), /^sg:\d+:\d+$/)
      assert.deepStrictEqual(gateway.client.replies(id), [])
    })

    it(`of a ${client} client stays without a reply when a ${server} backend answers late`, async () => {
      const id = `late-${client}-${server}`
      begin(client, `${server}__late-reply`, id)
      await roundTrip(gateway.client, client, server)
      cancel(id)
      await roundTrip(gateway.client, client, server)
      await roundTrip(gateway.client, client, server)
      assert.deepStrictEqual(gateway.client.replies(id), [])
    })

    it(`of a ${client} client that waits for room never reaches a ${server} backend`, async () => {
      const ids = [1, 2].map((n) => `room-${n}-${client}-${server}`)
      for (const id of ids) begin(client, `${server}__hang`, id)
      const waiting = `waiting-${client}-${server}`
      begin(client, `${server}__pid`, waiting)
      cancel(waiting)
      for (const id of ids) cancel(id)
      await roundTrip(gateway.client, client, server)
      assert.isUndefined(await callsSeen(server, "pid"))
      assert.deepStrictEqual(gateway.client.replies(waiting), [])
    })
  }

  it("frees its id, and an id that nobody uses can be cancelled", async () => {
    cancel("nobody")
    cancel(7)
    gateway.client.notify("notifications/cancelled", { requestId: { odd: true } })
    gateway.client.notify("notifications/cancelled")
    begin("legacy", "legacy__hang", "again")
    cancel("again")
    assert.strictEqual(
      textOf(await call(gateway.client, "legacy", "legacy__echo", { text: "x" }, { id: "again" })),
      "x"
    )
  })

  it("leaves one with an equal id of the other type alone", async () => {
    const number = call(gateway.client, "legacy", "legacy__slow", { ms: 50 }, { id: 9_007 })
    begin("legacy", "legacy__hang", "9007")
    cancel("9007")
    resultOf(await number)
    assert.deepStrictEqual(gateway.client.replies("9007"), [])
  })
})
