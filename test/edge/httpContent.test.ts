import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { errorOf } from "../fixtures/envelope.ts"
import { echoing, MemoryBackend } from "../tree/memoryBackend.ts"
import { specOf } from "../tree/memoryGateway.ts"
import { send } from "./httpClient.ts"
import { httpEdge } from "./httpEdge.ts"
import { RawConnection } from "./rawHttp.ts"

const promise = Effect.promise
const echo = (name: string) => new MemoryBackend(specOf(name), { tools: ["echo"] }, { onCall: echoing })

describe("an HTTP request", () => {
  it.effect("goes to the merged gateway or to one backend; every other path is 404", () =>
    Effect.gen(function* () {
      const { client, url } = yield* httpEdge({ backends: [echo("a"), echo("b")] })
      const merged = yield* promise(() => client().ask("tools/list"))
      assert.include(merged.text, "a__echo")
      assert.include(merged.text, "b__echo")
      const one = yield* promise(() => client().of("b").ask("tools/list"))
      assert.include(one.text, '"echo"')
      assert.notInclude(one.text, "a__echo")
      const called = yield* promise(() => client().of("b").call("echo", { text: "hi" }))
      assert.strictEqual(called.status, 200, called.text)
      const { origin } = new URL(url)
      const request = client().modern("tools/list")
      assert.strictEqual((yield* promise(() => send(`${origin}/mcp?token=x`, request))).status, 200)
      for (const path of [
        "/",
        "/mcp/",
        "/MCP",
        "/servers/mcp",
        "/servers//mcp",
        "/servers/c/mcp",
        "/servers/a%2Fb/mcp",
        "/servers/%/mcp",
        "/servers/a/mcp/x"
      ]) {
        const answer = yield* promise(() => send(origin + path, request))
        assert.strictEqual(answer.status, 404, path)
        assert.isFalse("id" in answer.json)
      }
    })
  )

  it.effect("by another method than POST is 405 outside of a session, and says what is allowed", () =>
    Effect.gen(function* () {
      const { client, url } = yield* httpEdge({ backends: [] })
      for (const method of ["GET", "DELETE", "PUT", "PATCH", "OPTIONS", "HEAD"]) {
        const answer = yield* promise(() => send(url, { method }))
        assert.strictEqual(answer.status, 405, method)
        assert.strictEqual(answer.headers["allow"], "POST")
      }
      const one = client()
      yield* promise(() => one.initialize())
      const put = yield* promise(() => send(url, { method: "PUT", headers: one.sessionHeaders() }))
      assert.deepStrictEqual([put.status, put.headers["allow"]], [405, "GET, POST, DELETE"])
      one.version = "2026-07-28"
      assert.strictEqual((yield* promise(() => one.listen())).status, 405)
    })
  )

  it.effect("must carry JSON in UTF-8, not encoded: 415 if not", () =>
    Effect.gen(function* () {
      const { client, url } = yield* httpEdge({ backends: [] })
      const request = client().modern("tools/list")
      const statusWith = (headers: Record<string, string>) =>
        promise(async () => (await send(url, { ...request, headers: { ...request.headers, ...headers } })).status)
      for (const good of ["application/json", "Application/JSON; charset=UTF-8", 'application/json;charset="utf-8"']) {
        assert.strictEqual(yield* statusWith({ "Content-Type": good }), 200, good)
      }
      for (const bad of [
        "text/plain",
        "text/plain; application/json",
        "application/jsonp",
        "application/json-rpc",
        "application/json; charset=utf-16",
        "multipart/form-data",
        "application/x-www-form-urlencoded",
        ""
      ]) {
        assert.strictEqual(yield* statusWith({ "Content-Type": bad }), 415, bad)
      }
      assert.strictEqual(yield* statusWith({ "Content-Encoding": "gzip" }), 415)
      assert.strictEqual(yield* statusWith({ "Content-Encoding": "identity" }), 200)
      const { host } = new URL(url)
      const lines = [`Host: ${host}`, "Content-Length: 2", "Content-Type: application/json", "Content-Type: text/plain"]
      const raw = new RawConnection(url).send("POST /mcp", lines, "{}")
      assert.strictEqual(yield* promise(() => raw.status()), 415)
      raw.leave()
    })
  )

  it.effect("gets the form that it takes: 406 if it takes none of the two", () =>
    Effect.gen(function* () {
      const { client } = yield* httpEdge({ backends: [echo("a")] })
      const answerTo = (Accept: string) => promise(() => client().call("a__echo", {}, { headers: { Accept } }))
      for (const json of ["application/json", "*/*", "text/event-stream, application/json", "application/*;q=0.5"]) {
        assert.strictEqual((yield* answerTo(json)).headers["content-type"], "application/json", json)
      }
      const stream = yield* answerTo("text/event-stream")
      assert.isTrue(stream.isStream)
      assert.strictEqual(stream.messages.length, 1)
      assert.strictEqual((yield* answerTo("text/html")).status, 406)
    })
  )

  it.effect("that can only be answered by a stream is told so under its id: 406", () =>
    Effect.gen(function* () {
      const { client } = yield* httpEdge({ backends: [] })
      const options = { id: "L", headers: { Accept: "application/json" } }
      const answer = yield* promise(() => client().ask("subscriptions/listen", { notifications: {} }, options))
      assert.deepStrictEqual([answer.status, answer.json["id"]], [406, "L"])
    })
  )

  it.effect("with bytes that are no UTF-8 is 400 with -32700: nothing is repaired", () =>
    Effect.gen(function* () {
      const { client, url } = yield* httpEdge({ backends: [] })
      const { body, headers } = client().modern("tools/list", { pad: "\ufffd~" })
      const good = Buffer.from(JSON.stringify(body))
      const bad = Buffer.from(good)
      bad[bad.indexOf("~")] = 0xff
      const lines = Object.entries({ ...headers, "Content-Type": "application/json", Host: new URL(url).host })
      const answerTo = (bytes: Buffer, pieces: number) =>
        promise(async () => {
          const raw = new RawConnection(url)
          raw.send("POST /mcp", [
            ...lines.map(([name, value]) => `${name}: ${String(value)}`),
            `Content-Length: ${bytes.length}`
          ])
          raw.socket.write(bytes.subarray(0, bytes.length - pieces + 1))
          for (let at = bytes.length - pieces + 1; at < bytes.length; at++) {
            await new Promise((resolve) => setImmediate(resolve))
            raw.socket.write(bytes.subarray(at, at + 1))
          }
          const status = await raw.status()
          await raw.until(/\r\n\r\n.*}$/)
          raw.leave()
          return [status, raw.text.includes("-32700")]
        })
      for (const pieces of [1, 3]) {
        assert.deepStrictEqual(yield* answerTo(good, pieces), [200, false])
        assert.deepStrictEqual(yield* answerTo(bad, pieces), [400, true])
      }
    })
  )

  it.effect("with a body that is no message is 400 with a JSON-RPC error", () =>
    Effect.gen(function* () {
      const { url } = yield* httpEdge({ backends: [] })
      for (const [body, code, id] of [
        ["", -32700, null],
        ["{", -32700, null],
        ["[]", -32600, null],
        ['{"jsonrpc":"2.0","id":1}', -32600, 1],
        ['{"jsonrpc":"2.0","id":{},"method":"x"}', -32600, null],
        ['{"jsonrpc":"1.0","id":"a","method":"x"}', -32600, "a"],
        [`${"[".repeat(10_000)}`, -32700, null]
      ] as const) {
        const answer = yield* promise(() => send(url, { body }))
        assert.strictEqual(answer.status, 400, body.slice(0, 50))
        assert.strictEqual(errorOf(answer.json).code, code, body.slice(0, 50))
        assert.strictEqual(answer.json["id"], id, body.slice(0, 50))
      }
    })
  )
})
