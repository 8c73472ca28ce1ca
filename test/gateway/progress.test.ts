import { afterAll, assert, beforeAll, describe, it } from "@effect/vitest"
import { resultOf, textOf } from "../fixtures/envelope.ts"
import { type RunningGateway } from "../fixtures/gateway.ts"
import { call, combinations, paramsOf, roundTrip, startBoth } from "./eras.ts"

describe("progress", () => {
  let gateway: RunningGateway
  beforeAll(async () => {
    gateway = await startBoth()
  })
  afterAll(() => gateway.stop())
  const seen = (from: number) =>
    gateway.client.messages
      .slice(from)
      .filter(({ method }) => method === "notifications/progress")
      .map(paramsOf)

  for (const { client, server } of combinations) {
    it(`of a ${server} backend reaches a ${client} client under its own token, of the same type`, async () => {
      for (const progressToken of [0, "0", 1, "one"]) {
        const from = gateway.client.messages.length
        await call(gateway.client, client, `${server}__progress`, { steps: 2 }, { progressToken })
        assert.deepStrictEqual(
          seen(from),
          [1, 2].map((step) => ({ progress: step, total: 2, message: `step ${step} of 2`, progressToken }))
        )
      }
    })

    it(`of a ${server} backend comes before the reply, and nothing of it after`, async () => {
      const { client: line } = gateway
      const from = line.messages.length
      const options = { id: `p-${client}-${server}`, progressToken: 5 }
      const reply = await call(line, client, `${server}__progress`, { steps: 20 }, options)
      await roundTrip(line, client, server)
      const replyAt = line.messages.indexOf(reply)
      const last = line.messages.findLastIndex(({ method }) => method === "notifications/progress")
      assert.isBelow(last, replyAt)
      assert.strictEqual(seen(from).length, 20)
    })

    it(`of a ${server} backend is asked for only when a ${client} client wants it`, async () => {
      const from = gateway.client.messages.length
      assert.strictEqual(textOf(await call(gateway.client, client, `${server}__progress`, { steps: 2 })), "2 steps")
      assert.deepStrictEqual(seen(from), [])
    })
  }

  it("of calls at once with small integers for tokens goes to each call's own token", async () => {
    const { client: line } = gateway
    const from = line.messages.length
    const steps = (token: number) => token + 2
    await Promise.all(
      combinations.map(({ client, server }, progressToken) =>
        call(line, client, `${server}__progress`, { steps: steps(progressToken), ms: 5 }, { progressToken })
      )
    )
    for (const token of combinations.keys()) {
      const own = seen(from).filter(({ progressToken }) => progressToken === token)
      assert.deepStrictEqual(
        own.map(({ total }) => total),
        Array(steps(token)).fill(steps(token))
      )
    }
  })

  it("stops when its call is cancelled", async () => {
    const { client: line } = gateway
    for (const { client, server } of combinations) {
      const id = `stopped-${client}-${server}`
      const from = line.messages.length
      void call(line, client, `${server}__progress`, { steps: 1_000, ms: 1 }, { id, progressToken: id }).catch(() => {})
      await line.waitFor((message) => paramsOf(message)["progressToken"] === id, "progress", { from })
      line.notify("notifications/cancelled", { requestId: id })
      resultOf(await call(line, client, `${server}__echo`))
      const after = line.messages.length
      await roundTrip(line, client, server)
      assert.deepStrictEqual(seen(after), [])
      assert.deepStrictEqual(line.replies(id), [])
    }
  })
})
