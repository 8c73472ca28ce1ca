import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { relistMillis } from "../../src/backend/BackendActor.ts"
import type { JsonObject } from "../../src/domain/Json.ts"
import { announceMillis } from "../../src/gateway/OpenSessions.ts"
import { metaKeys } from "../../src/protocol/Meta.ts"
import { errorOf, objectIn, resultOf } from "../fixtures/envelope.ts"
import { MemoryBackend } from "./memoryBackend.ts"
import { memoryGateway, pass, specOf } from "./memoryGateway.ts"
import { Poster } from "./memoryPosts.ts"
import { ownAnswer } from "./memoryServer.ts"

const backendOf = (name: string, instructions: string | undefined, declared?: JsonObject) => {
  const backend = new MemoryBackend(specOf(name), { tools: ["echo"], resources: ["note://1"], instructions })
  backend.behaviour.answer = (request) => {
    const own = ownAnswer(backend.offers, request)
    return request.method === "initialize" && declared !== undefined ? { ...own, capabilities: declared } : undefined
  }
  return backend
}

/** Everything that the gateway can do. */
const everything = {
  tools: { listChanged: true },
  prompts: { listChanged: true },
  resources: { listChanged: true, subscribe: true },
  completions: {},
  logging: {}
}

describe("what a client of one backend is told of it", () => {
  it.effect("are its own instructions, and what it declared less what is not relayed; the server is the gateway", () =>
    Effect.gen(function* () {
      const declared = {
        tools: { listChanged: true, mode: "x" },
        prompts: { listChanged: false },
        resources: { subscribe: true },
        experimental: { x: { y: 1 } },
        extensions: { "vendor/x": {} },
        tasks: { list: {} },
        unknown: {}
      }
      const backends = [backendOf("a", "be kind", declared), backendOf("b", "be quick")]
      const { connect, gateway } = yield* memoryGateway({ backends })
      const expected = {
        capabilities: {
          tools: { listChanged: true },
          prompts: {},
          resources: { subscribe: true },
          experimental: { x: { y: 1 } },
          extensions: { "vendor/x": {} }
        },
        instructions: "be kind"
      }
      const client = connect("scoped", { scope: "a" }).open()
      const opened = resultOf(client.reply("open 1"))
      assert.deepInclude(opened, expected)
      assert.strictEqual(objectIn(opened, "serverInfo")["name"], "sentinel-gateway")
      const discovered = resultOf(new Poster(gateway, undefined, "a").post("server/discover").reply)
      assert.deepInclude(discovered, expected)
      assert.strictEqual(objectIn(objectIn(discovered, "_meta"), metaKeys.serverInfo)["name"], "sentinel-gateway")
      const merged = resultOf(connect().open().reply("open 1"))
      assert.deepInclude(merged, { capabilities: everything, instructions: "## a\nbe kind\n\n## b\nbe quick" })
    })
  )

  it.effect("is everything while it is not known what it can do", () =>
    Effect.gen(function* () {
      const backend = backendOf("a", "be kind")
      backend.behaviour.connect = "silent"
      const { connect } = yield* memoryGateway({ backends: [backend] })
      const opened = resultOf(connect("scoped", { scope: "a" }).open().reply("open 1"))
      assert.deepStrictEqual(opened["capabilities"], everything)
      assert.notProperty(opened, "instructions")
    })
  )

  it.effect("are its tasks only where it has a connection to itself", () =>
    Effect.gen(function* () {
      const backend = new MemoryBackend(specOf("a", { isolation: "session" }), { tools: ["echo"] })
      backend.behaviour.answer = (request) =>
        request.method === "initialize"
          ? { ...ownAnswer(backend.offers, request), capabilities: { tools: {}, tasks: { list: {} } } }
          : undefined
      const { connect } = yield* memoryGateway({ backends: [backend] })
      const opened = resultOf(connect("scoped", { scope: "a" }).open().reply("open 1"))
      assert.deepStrictEqual(opened["capabilities"], { tools: {}, tasks: { list: {} } })
    })
  )
})

describe("a method that the gateway does not know", () => {
  const methods = ["tasks/get", "vendor/thing", "toString", "__proto__"]

  it.effect("goes to the one backend as it is, and its answer back; merged, there is no such method", () =>
    Effect.gen(function* () {
      const backends = [backendOf("a", undefined), backendOf("b", undefined)]
      const [a] = backends
      const { connect, gateway } = yield* memoryGateway({ backends })
      const [scoped, merged] = [connect("scoped", { scope: "a" }).open(), connect().open()]
      const poster = new Poster(gateway, undefined, "a")
      for (const method of methods) {
        const params = { name: "x", ref: [1, { deep: null }] }
        const id = scoped.request(method, params)
        const call = a?.calls.at(-1)
        assert.deepInclude(call, { method, params })
        if (call !== undefined) a?.line.reply(call, { taskId: "t", odd: 1 })
        assert.deepStrictEqual(resultOf(scoped.reply(id)), { taskId: "t", odd: 1 })
        assert.strictEqual(errorOf(merged.reply(merged.request(method, params))).code, -32601)
        const post = poster.post(method, params)
        const posted = a?.calls.at(-1)
        if (posted !== undefined) a?.line.fail(posted, -32099, "vendor says no")
        assert.strictEqual(post.code, -32099)
        assert.strictEqual(new Poster(gateway).post(method, params).code, -32601)
      }
      assert.lengthOf(a?.calls ?? [], methods.length * 2)
    })
  )

  it.effect("is none of those that the protocol has for this hop alone", () =>
    Effect.gen(function* () {
      const a = backendOf("a", undefined)
      const { connect, gateway } = yield* memoryGateway({ backends: [a] })
      const client = connect("scoped", { scope: "a" }).open()
      const before = a.frames.length
      for (const method of ["server/discover", "subscriptions/listen"]) {
        assert.strictEqual(errorOf(client.reply(client.request(method))).code, -32601)
      }
      const poster = new Poster(gateway, undefined, "a")
      for (const method of ["initialize", "ping", "logging/setLevel", "resources/subscribe", "subscriptions/listen"]) {
        assert.strictEqual(poster.post(method, { uri: "note://1", level: "info" }).code, -32601, method)
      }
      assert.lengthOf(a.frames, before)
    })
  )
})

describe("what a client of one backend hears", () => {
  it.effect("are changes and updates of that one, and its log level is set at no other", () =>
    Effect.gen(function* () {
      const [a, b] = [backendOf("a", undefined), backendOf("b", undefined)]
      const { connect } = yield* memoryGateway({ backends: [a, b] })
      const client = connect("scoped", { scope: "a" }).open()
      client.request("resources/subscribe", { uri: "note://1" })
      client.request("logging/setLevel", { level: "error" })
      const methodsAt = (backend: MemoryBackend) =>
        backend.line.requests.map(({ method }) => method).filter((method) => /subscribe|setLevel/.test(method))
      yield* pass(1)
      assert.deepStrictEqual([methodsAt(a), methodsAt(b)], [["resources/subscribe", "logging/setLevel"], []])
      const changes = () => client.notified("notifications/tools/list_changed").length
      const change = Effect.fnUntraced(function* (backend: MemoryBackend) {
        backend.offers = { ...backend.offers, tools: ["echo", "new"] }
        backend.line.notify("notifications/tools/list_changed")
        backend.line.notify("notifications/resources/updated", { uri: "note://1" })
        yield* pass(relistMillis)
        yield* pass(announceMillis)
      })
      yield* change(b)
      assert.deepStrictEqual([changes(), client.notified("notifications/resources/updated").length], [0, 0])
      yield* change(a)
      assert.deepStrictEqual([changes(), client.notified("notifications/resources/updated").length], [1, 1])
    })
  )

  it.effect("a level that one backend's clients set is the least of theirs, not of another's", () =>
    Effect.gen(function* () {
      const [a, b] = [backendOf("a", undefined), backendOf("b", undefined)]
      const { connect } = yield* memoryGateway({ backends: [a, b] })
      const set = (name: string, scope: string | undefined, level: string) =>
        connect(name, { scope }).open().request("logging/setLevel", { level })
      set("one", "a", "debug")
      set("two", undefined, "error")
      yield* pass(1)
      const levels = (backend: MemoryBackend) =>
        backend.line.requests.filter(({ method }) => method === "logging/setLevel").map(({ params }) => params["level"])
      assert.deepStrictEqual([levels(a), levels(b)], [["debug", "debug"], ["error"]])
    })
  )

  it.effect("a client that can be asked opens a connection of its own to that backend alone", () =>
    Effect.gen(function* () {
      const backends = ["a", "b"].map(
        (name) => new MemoryBackend(specOf(name, { isolation: "session" }), { tools: ["echo"] })
      )
      const { connect } = yield* memoryGateway({ backends })
      connect("scoped", { scope: "a" }).open({ elicitation: {} })
      yield* pass(1)
      assert.deepStrictEqual(
        backends.map(({ lines }) => lines.filter(({ slot }) => slot.session !== undefined).length),
        [1, 0]
      )
    })
  )
})
