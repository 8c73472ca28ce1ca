import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as fc from "fast-check"
import { backendDefaults } from "../../src/domain/BackendSpec.ts"
import { supportedVersions } from "../../src/domain/Era.ts"
import { refusalCodes } from "../../src/domain/Outcome.ts"
import { metaKeys } from "../../src/protocol/Meta.ts"
import { errorOf, objectIn, resultOf, textOf } from "../fixtures/envelope.ts"
import { holdsInTrees } from "../fixtures/property.ts"
import { MemoryBackend, echoing, type Behaviour } from "./memoryBackend.ts"
import { memoryGateway, pass, settle, specOf } from "./memoryGateway.ts"
import { Poster } from "./memoryPosts.ts"
import { echoResult, type Received } from "./memoryServer.ts"

const backendOf = (onCall: Behaviour["onCall"] = () => undefined, era: "legacy" | "modern" = "legacy") =>
  new MemoryBackend(specOf("a"), { era, tools: ["echo"], resources: ["note://1"] }, { onCall })

describe("a request that stands alone", () => {
  for (const era of ["legacy", "modern"] as const) {
    it.effect(`gets its result from a ${era} backend, under its own id, as its revision wants it`, () =>
      Effect.gen(function* () {
        const backend = backendOf(echoing, era)
        const { gateway } = yield* memoryGateway({ backends: [backend] })
        const poster = new Poster(gateway)
        for (const id of [1, "1", "x"]) {
          const post = poster.call("a__echo", { text: "hi" }, { id })
          assert.strictEqual(post.reply["id"], id)
          assert.strictEqual(textOf(post.reply), "echo:hi")
          assert.strictEqual(resultOf(post.reply)["resultType"], "complete")
          assert.isUndefined(post.code)
        }
        assert.strictEqual(gateway.status()["running"], 0)
      })
    )
  }

  it.effect("gets the backend's error with its code, of its own revision, and refusals with theirs", () =>
    Effect.gen(function* () {
      const backend = backendOf((call, line) => line.fail(call, call.method === "resources/read" ? -32002 : -32603))
      const { gateway } = yield* memoryGateway({ backends: [backend] })
      const poster = new Poster(gateway)
      const codes = [
        poster.call("a__echo"),
        poster.post("resources/read", { uri: "note://1" }),
        poster.call("a__nothing"),
        poster.post("tools/list", { cursor: "x" })
      ].map((post) => [post.code, errorOf(post.reply).code])
      assert.deepStrictEqual(codes, [
        [-32603, -32603],
        [-32602, -32602],
        [-32602, -32602],
        [-32602, -32602]
      ])
    })
  )

  it.effect("must describe itself, in a revision that is spoken; methods of the other era are none", () =>
    Effect.gen(function* () {
      const backend = backendOf()
      const { gateway } = yield* memoryGateway({ backends: [backend] })
      const poster = new Poster(gateway)
      const bare = poster.put({ jsonrpc: "2.0", id: 1, method: "tools/list" })
      assert.strictEqual(bare.code, -32602)
      const halfway = { [metaKeys.protocolVersion]: "2026-07-28" }
      assert.strictEqual(
        poster.put({ jsonrpc: "2.0", id: 1, method: "tools/list", params: { _meta: halfway } }).code,
        -32602
      )
      const old = poster.post("tools/list", {}, { version: "2025-11-25" })
      assert.strictEqual(old.code, -32022)
      assert.deepStrictEqual(errorOf(old.reply).data, { supported: [...supportedVersions], requested: "2025-11-25" })
      for (const method of ["ping", "initialize", "logging/setLevel", "resources/subscribe", "resources/unsubscribe"]) {
        assert.strictEqual(poster.post(method, { level: "info", uri: "note://1" }).code, -32601, method)
      }
      const discovered = resultOf(poster.post("server/discover").reply)
      assert.deepInclude(discovered, { resultType: "complete", supportedVersions: [...supportedVersions] })
      assert.deepStrictEqual(resultOf(poster.post("tools/list").reply)["resultType"], "complete")
      assert.lengthOf(backend.calls, 0)
    })
  )

  it.effect("runs when it is flushed, and hears progress and the log level that it asks for, before its reply", () =>
    Effect.gen(function* () {
      const backend = backendOf((call, line) => {
        line.notify("notifications/progress", { progressToken: call.id, progress: 1 })
        line.notify("notifications/message", { level: "info", data: "quiet" })
        line.notify("notifications/message", { level: "error", data: "loud" })
        line.reply(call, echoResult(call))
        line.notify("notifications/progress", { progressToken: call.id, progress: 2 })
        line.notify("notifications/message", { level: "error", data: "late" })
      })
      const { gateway } = yield* memoryGateway({ backends: [backend] })
      const poster = new Poster(gateway)
      const post = poster.call("a__echo", {}, { progressToken: "t", logLevel: "warning", unflushed: true })
      assert.lengthOf(backend.calls, 0)
      gateway.flush()
      assert.deepStrictEqual(
        post.notes.map(({ params }) => params),
        [
          { progressToken: "t", progress: 1 },
          { level: "error", data: "loud" }
        ]
      )
      assert.strictEqual(post.notesBefore, 2, "nothing came after the reply")
      assert.strictEqual(textOf(post.reply), "echo:undefined")
      const silent = poster.call("a__echo")
      assert.deepStrictEqual(silent.notes, [])
    })
  )

  it.effect("that is cancelled gets nothing more, its backend is told, its place is free", () =>
    Effect.gen(function* () {
      const backend = backendOf()
      const { gateway } = yield* memoryGateway({ backends: [backend] })
      const poster = new Poster(gateway)
      const post = poster.call("a__echo", {}, { progressToken: 1 })
      const unbegun = poster.call("a__echo", {}, { unflushed: true })
      unbegun.answering?.cancel()
      post.answering?.cancel()
      const [call] = backend.calls
      if (call !== undefined) {
        backend.line.notify("notifications/progress", { progressToken: call.id, progress: 1 })
        backend.line.reply(call, echoResult(call))
      }
      yield* pass(1)
      post.answering?.cancel()
      assert.deepStrictEqual([post.replies, post.notes, unbegun.replies], [[], [], []])
      assert.lengthOf(backend.calls, 1)
      assert.deepStrictEqual(
        backend.line.notifications.filter(({ method }) => method === "notifications/cancelled").length,
        1
      )
      assert.strictEqual(gateway.status()["running"], 0)
    })
  )

  it.effect("that is cancelled while the backend is heard gets nothing of what it has said already", () =>
    Effect.gen(function* () {
      const backend = backendOf()
      const { gateway } = yield* memoryGateway({ backends: [backend] })
      const poster = new Poster(gateway)
      const [first, second] = [poster.call("a__echo"), poster.call("a__echo", {}, { progressToken: 1 })]
      first.onReply = () => second.answering?.cancel()
      const [one, two] = backend.calls
      backend.line.sendText(
        JSON.stringify({ jsonrpc: "2.0", id: one?.id, result: { content: [] } }),
        JSON.stringify({ jsonrpc: "2.0", method: "notifications/progress", params: { progressToken: two?.id } }),
        JSON.stringify({ jsonrpc: "2.0", id: two?.id, result: { content: [] } })
      )
      yield* pass(1)
      assert.lengthOf(first.replies, 1)
      assert.deepStrictEqual([second.replies, second.notes], [[], []])
      assert.strictEqual(gateway.status()["running"], 0)
    })
  )

  it.effect("INV-32 is refused, and not begun, when the gateway has as many calls as it may", () =>
    Effect.gen(function* () {
      const backend = backendOf()
      const { connect, gateway } = yield* memoryGateway({ backends: [backend], bounds: { calls: 3 } })
      const poster = new Poster(gateway)
      const running = [poster.call("a__echo"), poster.call("a__echo")]
      connect().open().call("a__echo")
      const refused = poster.call("a__echo", { text: "one too many" })
      assert.strictEqual(refused.code, refusalCodes.overloaded)
      assert.include(errorOf(refused.reply).data, { certainty: "not_sent", retryAfterMs: 1_000 })
      assert.notInclude(backend.frames.join(), "one too many")
      running[0]?.answering?.cancel()
      assert.isEmpty(poster.call("a__echo").replies)
      assert.strictEqual(gateway.status()["running"], 3)
    })
  )

  it.effect("is told what it should have declared when a backend asks for what it did not", () =>
    Effect.gen(function* () {
      const questions = {
        q1: { method: "elicitation/create", params: { message: "who?" } },
        q2: { method: "roots/list", params: {} }
      }
      const backend = backendOf(
        (call, line) => line.reply(call, { resultType: "input_required", inputRequests: questions }),
        "modern"
      )
      const { gateway } = yield* memoryGateway({ backends: [backend] })
      const poster = new Poster(gateway)
      const post = poster.call("a__echo", {}, { can: { roots: {} } })
      assert.strictEqual(post.code, -32021)
      assert.deepStrictEqual(errorOf(post.reply).data, { requiredCapabilities: { elicitation: {} } })
      const able = poster.call("a__echo", {}, { can: { roots: {}, elicitation: {} } })
      assert.isUndefined(able.code)
      assert.deepStrictEqual(resultOf(able.reply)["inputRequests"], questions)
    })
  )

  it.effect("gets a backend's own word that a capability is missing", () =>
    Effect.gen(function* () {
      const backend = backendOf((call, line) => {
        const error = { code: -32021, message: "no", data: { requiredCapabilities: { sampling: {} } } }
        line.send({ jsonrpc: "2.0", id: call.id, error })
      }, "modern")
      const { gateway } = yield* memoryGateway({ backends: [backend] })
      const post = new Poster(gateway).call("a__echo")
      assert.strictEqual(post.code, -32021)
      assert.deepStrictEqual(errorOf(post.reply).data, { requiredCapabilities: { sampling: {} } })
    })
  )
})

const posts = 100

const orders = fc.record({
  era: fc.constantFrom("legacy" as const, "modern" as const),
  keys: fc.array(fc.nat(), { minLength: posts, maxLength: posts }),
  cancelled: fc.uniqueArray(fc.nat({ max: posts - 1 }), { maxLength: 10 })
})

const canaryOf = ({ params }: Received): string => String(objectIn(params, "arguments")["text"])

describe("a hundred requests that stand alone, all with the same id and token", () => {
  it("INV-1 each reach their own, however late and in whatever order the replies come", () =>
    holdsInTrees(
      orders,
      ({ cancelled, era, keys }) =>
        Effect.gen(function* () {
          const bounds = { ...backendDefaults.boundsStdio, inFlight: posts }
          const backend = new MemoryBackend(specOf("a", { bounds }), { era, tools: ["echo"] })
          const { gateway } = yield* memoryGateway({ backends: [backend] })
          const made = Array.from({ length: posts }, (_, n) => {
            const poster = new Poster(gateway, { id: n % 2 === 0 ? "ada" : "eve" })
            return poster.call("a__echo", { text: `canary ${n}.` }, { id: 1, progressToken: 1, unflushed: true })
          })
          gateway.flush()
          for (const n of cancelled) made[n]?.answering?.cancel()
          const order = backend.calls.map((call, n) => ({ call, key: keys[n] ?? 0 })).sort((a, b) => a.key - b.key)
          for (const [n, { call }] of order.entries()) {
            if (n % 10 === 0) yield* settle
            backend.line.notify("notifications/progress", {
              progressToken: call.id,
              progress: 1,
              message: canaryOf(call)
            })
            backend.line.reply(call, echoResult(call))
          }
          yield* settle
          for (const [n, post] of made.entries()) {
            if (cancelled.includes(n)) {
              assert.deepStrictEqual([post.replies, post.notes], [[], []])
              continue
            }
            assert.strictEqual(textOf(post.reply), `echo:canary ${n}.`)
            assert.deepStrictEqual(
              post.notes.map(({ params }) => params),
              [{ progressToken: 1, progress: 1, message: `canary ${n}.` }]
            )
          }
          assert.strictEqual(gateway.status()["running"], 0)
        }),
      20
    ))

  it.effect("gets a log message of a stateful backend only while it is alone there: it could be another's", () =>
    Effect.gen(function* () {
      const backend = backendOf()
      const { gateway } = yield* memoryGateway({ backends: [backend] })
      const poster = new Poster(gateway)
      const log = (data: string) => backend.line.notify("notifications/message", { level: "error", data })
      const first = poster.call("a__echo", {}, { logLevel: "debug" })
      log("for the first")
      yield* settle
      const second = poster.call("a__echo", {}, { logLevel: "debug" })
      log("for nobody")
      yield* settle
      assert.deepStrictEqual(
        [first, second].map(({ notes }) => notes.map((note) => objectIn(note, "params")["data"])),
        [["for the first"], []]
      )
    })
  )
})
