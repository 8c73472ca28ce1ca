import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { relistMillis } from "../../src/backend/BackendActor.ts"
import { announceMillis } from "../../src/gateway/OpenSessions.ts"
import { patienceMillis } from "../../src/gateway/Patience.ts"
import { missingBackendsKey } from "../../src/protocol/Meta.ts"
import { objectIn, resultOf } from "../fixtures/envelope.ts"
import { MemoryBackend } from "./memoryBackend.ts"
import { memoryGateway, pass, specOf } from "./memoryGateway.ts"
import { remembered } from "./memoryState.ts"

const changed = "notifications/tools/list_changed"

const backendOf = (name: string, tools: ReadonlyArray<string> = ["echo"], era: "legacy" | "modern" = "legacy") =>
  new MemoryBackend(specOf(name), { era, tools })

const silent = (name: string) => {
  const backend = backendOf(name)
  backend.behaviour.connect = "silent"
  return backend
}

describe("the first list", () => {
  it.effect("waits for backends that start for the first time, but no longer than its patience", () =>
    Effect.gen(function* () {
      const { connect } = yield* memoryGateway({ backends: [backendOf("up"), silent("slow")] })
      const client = connect().open()
      const id = client.request("tools/list")
      yield* pass(patienceMillis - 1)
      assert.lengthOf(client.repliesTo(id), 0)
      yield* pass(1)
      assert.deepStrictEqual(client.names(id), ["up__echo"])
      assert.deepStrictEqual(objectIn(resultOf(client.reply(id)), "_meta")[missingBackendsKey], [
        { backend: "slow", reason: "starting" }
      ])
      const again = client.request("tools/list")
      assert.lengthOf(client.names(again), 1, "patience is lost once")
    })
  )

  it.effect("is answered as soon as all are up", () =>
    Effect.gen(function* () {
      const slow = silent("slow")
      const { connect } = yield* memoryGateway({ backends: [backendOf("up"), slow] })
      const client = connect().open()
      const id = client.request("tools/list")
      yield* pass(200)
      slow.behaviour.connect = "ok"
      // It answers the probe at last, as one that was slow to load would.
      const [probe] = slow.line.requests
      slow.line.fail(probe ?? { id: "" }, -32601)
      yield* pass(1)
      assert.deepStrictEqual(client.names(id), ["up__echo", "slow__echo"])
    })
  )

  it.effect("does not wait for one whose start has failed", () =>
    Effect.gen(function* () {
      const broken = backendOf("broken")
      broken.behaviour.connect = "refused"
      const { connect } = yield* memoryGateway({ backends: [backendOf("up"), broken] })
      const client = connect().open()
      assert.deepStrictEqual(client.names(client.request("tools/list")), ["up__echo"])
    })
  )

  it.effect("waits for nobody whose catalog an earlier run has left", () =>
    Effect.gen(function* () {
      const backends = [silent("a"), silent("b")]
      const stateDirectory = yield* remembered(backends)
      const { connect } = yield* memoryGateway({ backends, stateDirectory })
      const client = connect().open()
      assert.deepStrictEqual(client.names(client.request("tools/list")), ["a__echo", "b__echo"])
    })
  )

  it.effect("that is cancelled while it waits gets no reply", () =>
    Effect.gen(function* () {
      const { connect, gateway } = yield* memoryGateway({ backends: [silent("slow")] })
      const client = connect().open()
      const id = client.request("tools/list")
      client.cancel(id)
      assert.strictEqual(gateway.status()["running"], 0)
      yield* pass(patienceMillis)
      assert.lengthOf(client.repliesTo(id), 0)
    })
  )
})

describe("list changes", () => {
  it.effect("of many backends and in quick succession are announced once", () =>
    Effect.gen(function* () {
      const backends = [backendOf("a"), backendOf("b")]
      const { connect } = yield* memoryGateway({ backends })
      const client = connect().open()
      client.request("tools/list")
      yield* pass(announceMillis)
      const before = client.notified(changed).length
      for (let n = 0; n < 20; n++) {
        for (const backend of backends) {
          backend.offers = { ...backend.offers, tools: [`tool-${n}`] }
          backend.line.notify(changed)
        }
        yield* pass(5)
      }
      yield* pass(relistMillis + announceMillis)
      assert.strictEqual(client.notified(changed).length - before, 1)
      assert.deepStrictEqual(client.names(client.request("tools/list")), ["a__tool-19", "b__tool-19"])
      for (const { line } of backends) {
        assert.isAtMost(
          line.requests.filter(({ method }) => method === "tools/list").length,
          3,
          "read again once or twice"
        )
      }
    })
  )

  it.effect("in a flood without end are still announced, again and again", () =>
    Effect.gen(function* () {
      const backend = backendOf("a")
      const { connect } = yield* memoryGateway({ backends: [backend] })
      const client = connect().open()
      client.request("tools/list")
      for (let n = 0; n < 200; n++) {
        backend.offers = { ...backend.offers, tools: [`tool-${n}`] }
        backend.line.notify(changed)
        yield* pass(10)
      }
      const announced = client.notified(changed).length
      assert.isAtLeast(announced, 3)
      assert.isAtMost(announced, 2_000 / announceMillis)
    })
  )

  it.effect("that change nothing for a client are not announced to it", () =>
    Effect.gen(function* () {
      const backend = backendOf("a")
      const { connect } = yield* memoryGateway({ backends: [backend] })
      const client = connect().open()
      client.request("tools/list")
      yield* pass(announceMillis)
      const before = client.texts.length
      backend.line.notify(changed)
      yield* pass(relistMillis + announceMillis)
      backend.line.exit()
      yield* pass(5_000)
      assert.lengthOf(backend.lines, 2)
      assert.lengthOf(client.texts, before)
    })
  )

  it.effect("reach a stream that asked for them, with its id, and no other", () =>
    Effect.gen(function* () {
      const backend = backendOf("a", ["echo"], "modern")
      const { connect } = yield* memoryGateway({ backends: [backend] })
      const client = connect()
      const listen = (id: string, notifications: Record<string, boolean>) =>
        client.request("subscriptions/listen", { notifications }, { id, modern: {} })
      listen("tools", { toolsListChanged: true })
      listen("prompts", { promptsListChanged: true })
      backend.offers = { ...backend.offers, tools: ["other"] }
      backend.line.notify(changed)
      yield* pass(relistMillis + announceMillis)
      const ids = client
        .notified(changed)
        .map((params) => objectIn(params, "_meta")["io.modelcontextprotocol/subscriptionId"])
      assert.deepStrictEqual(ids, ["tools"])
    })
  )
})
