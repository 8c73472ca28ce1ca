import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { watchLimit } from "../../src/backend/Interests.ts"
import { jsonRpcCodes } from "../../src/protocol/JsonRpcCodes.ts"
import { refusalCodes } from "../../src/domain/Outcome.ts"
import { listenLimit, urisPerStream } from "../../src/gateway/Listening.ts"
import { watchesPerSession } from "../../src/gateway/Watches.ts"
import { errorOf, objectIn, resultOf } from "../fixtures/envelope.ts"
import { MemoryBackend } from "./memoryBackend.ts"
import type { MemoryClient } from "./memoryClient.ts"
import { memoryGateway, pass, settle, specOf } from "./memoryGateway.ts"

const backendOf = (era: "legacy" | "modern" = "legacy") =>
  new MemoryBackend(specOf("a"), { era, tools: ["echo"], templates: ["note://{id}"] })

const uris = (count: number, from = 0) => Array.from({ length: count }, (_, n) => `note://${from + n}`)

const subscribe = (client: MemoryClient, uri: string) => client.request("resources/subscribe", { uri })

const isRefused = (client: MemoryClient, uri: string) => {
  const { code, message } = errorOf(client.reply(subscribe(client, uri)))
  assert.strictEqual(code, jsonRpcCodes.invalidParams)
  assert.include(message, "too many subscriptions")
}

const updatesOf = (client: MemoryClient) => client.notified("notifications/resources/updated").map(({ uri }) => uri)

const subscribed = (backend: MemoryBackend, method: string) =>
  backend.line.requests.filter((request) => request.method === method).map(({ params }) => params["uri"])

describe("INV-32 subscriptions stay within their bounds", () => {
  it.effect("of a session: one resource more than it may watch is refused, until it gives one up", () =>
    Effect.gen(function* () {
      const { connect } = yield* memoryGateway({ backends: [backendOf()] })
      const client = connect().open()
      for (const uri of uris(watchesPerSession))
        assert.deepStrictEqual(resultOf(client.reply(subscribe(client, uri))), {})
      isRefused(client, "note://more")
      assert.deepStrictEqual(
        resultOf(client.reply(subscribe(client, "note://7"))),
        {},
        "one it watches already is none more"
      )
      client.request("resources/unsubscribe", { uri: "note://7" })
      assert.deepStrictEqual(resultOf(client.reply(subscribe(client, "note://more"))), {})
    })
  )

  it.effect("of a backend: what it is not asked to watch is refused to the client, not silently lost", () =>
    Effect.gen(function* () {
      const backend = backendOf()
      const { connect } = yield* memoryGateway({ backends: [backend] })
      const [one, other] = [connect().open(), connect().open()]
      const half = watchLimit / 2
      for (const uri of uris(half)) subscribe(one, uri)
      for (const uri of uris(half, half)) subscribe(other, uri)
      isRefused(other, "note://more")
      assert.deepStrictEqual(resultOf(other.reply(subscribe(other, "note://0"))), {}, "the backend watches it already")
      one.close()
      assert.deepStrictEqual(resultOf(other.reply(subscribe(other, "note://more"))), {})
      yield* settle
      backend.line.notify("notifications/resources/updated", { uri: "note://more" })
      assert.deepStrictEqual(updatesOf(other), ["note://more"])
      const [on, off] = [subscribed(backend, "resources/subscribe"), subscribed(backend, "resources/unsubscribe")]
      assert.strictEqual(on.length - off.length, half + 2)
    })
  )

  it.effect("of streams: one more than a session may open is refused, until one ends", () =>
    Effect.gen(function* () {
      const { connect } = yield* memoryGateway({ backends: [backendOf()] })
      const client = connect()
      const listen = (id: string) =>
        client.request("subscriptions/listen", { notifications: { toolsListChanged: true } }, { id, modern: {} })
      for (let n = 0; n < listenLimit; n++) listen(`s${n}`)
      assert.lengthOf(client.notified("notifications/subscriptions/acknowledged"), listenLimit)
      assert.strictEqual(errorOf(client.reply(listen("more"))).code, refusalCodes.overloaded)
      client.cancel("s3")
      listen("instead")
      assert.lengthOf(client.notified("notifications/subscriptions/acknowledged"), listenLimit + 1)
      assert.lengthOf(client.repliesTo("instead"), 0)
    })
  )

  it.effect("of one stream: it watches as many resources as it may, and is told which", () =>
    Effect.gen(function* () {
      const backend = backendOf("modern")
      const { connect } = yield* memoryGateway({ backends: [backend] })
      const client = connect()
      const wanted = ["note://0", 7, null, "note://0", ...uris(urisPerStream + 50, 1)]
      client.request(
        "subscriptions/listen",
        { notifications: { resourceSubscriptions: wanted } },
        { id: "s", modern: {} }
      )
      const [acknowledged] = client.notified("notifications/subscriptions/acknowledged")
      const agreed = objectIn(acknowledged, "notifications")["resourceSubscriptions"]
      assert.deepStrictEqual(agreed, uris(urisPerStream))
      backend.line.notify("notifications/resources/updated", { uri: `note://${urisPerStream - 1}` })
      backend.line.notify("notifications/resources/updated", { uri: `note://${urisPerStream}` })
      assert.deepStrictEqual(updatesOf(client), [`note://${urisPerStream - 1}`])
    })
  )

  it.effect("of bytes: what a client asks for in one message is passed on in about as many, and so is its end", () =>
    Effect.gen(function* () {
      const backend = backendOf("modern")
      const { connect } = yield* memoryGateway({ backends: [backend] })
      const client = connect()
      const before = backend.frames.join("").length
      const wanted = uris(urisPerStream).map((uri) => uri + "x".repeat(1_000))
      client.request(
        "subscriptions/listen",
        { notifications: { resourceSubscriptions: wanted } },
        { id: "s", modern: {} }
      )
      const asked = backend.frames.join("").length
      assert.isBelow(asked - before, 1.2 * JSON.stringify(wanted).length)
      client.call("a__echo", {}, { modern: {} })
      yield* settle
      const [listen, call] = backend.line.requests.slice(-2)
      assert.deepStrictEqual([listen?.method, call?.method], ["subscriptions/listen", "tools/call"])
      client.close()
      yield* settle
      assert.isBelow(backend.frames.join("").length - asked, 1_000)
      assert.notProperty(objectIn(backend.line.requests.at(-1)?.params, "notifications"), "resourceSubscriptions")
    })
  )

  it.effect("a stream that ends takes along what no other one watches", () =>
    Effect.gen(function* () {
      const backend = backendOf()
      const { connect } = yield* memoryGateway({ backends: [backend] })
      const client = connect()
      const listen = (id: string, resourceSubscriptions: ReadonlyArray<string>) =>
        client.request("subscriptions/listen", { notifications: { resourceSubscriptions } }, { id, modern: {} })
      listen("one", ["note://a", "note://b"])
      listen("two", ["note://b", "note://c"])
      client.cancel("one")
      yield* pass(1)
      assert.deepStrictEqual(subscribed(backend, "resources/subscribe"), ["note://a", "note://b", "note://c"])
      assert.deepStrictEqual(subscribed(backend, "resources/unsubscribe"), ["note://a"])
      client.close()
      assert.deepStrictEqual(subscribed(backend, "resources/unsubscribe"), ["note://a", "note://b", "note://c"])
    })
  )
})
