import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import type { BackendSpec } from "../../src/domain/BackendSpec.ts"
import { errorOf, resultOf } from "../fixtures/envelope.ts"
import { MemoryBackend } from "./memoryBackend.ts"
import { memoryGateway, pass, specOf } from "./memoryGateway.ts"
import { Poster } from "./memoryPosts.ts"

const scope = "a"
const everybodys = ["tasks/list", "tasks/result", "tasks/cancel"]
const params = { taskId: "task-1" }
const wish = { name: "echo", arguments: {}, task: { ttl: 1_000 } }

const backendOf = (isolation: BackendSpec["isolation"]) =>
  new MemoryBackend(
    specOf("a", { isolation }),
    { tools: ["echo"] },
    { onCall: (call, line) => line.reply(call, { tasks: [] }) }
  )

describe("tasks of 2025-11-25 at a backend that clients share", () => {
  it.effect("are nobody's: neither listed nor read nor ended, and none is made", () =>
    Effect.gen(function* () {
      const backend = backendOf("shared")
      const { connect, gateway } = yield* memoryGateway({ backends: [backend] })
      const client = connect("scoped", { scope }).open()
      for (const method of everybodys) {
        assert.strictEqual(errorOf(client.reply(client.request(method, params))).code, -32601, method)
      }
      const poster = new Poster(gateway, undefined, scope)
      for (const method of ["tasks/list", "tasks/result"]) assert.strictEqual(poster.post(method, params).code, -32601)
      assert.lengthOf(backend.calls, 0)
      client.request("tools/call", wish)
      connect()
        .open()
        .request("tools/call", { ...wish, name: "a__echo" })
      assert.lengthOf(backend.calls, 2)
      for (const call of backend.calls)
        assert.deepStrictEqual(Object.keys(call.params).toSorted(), ["arguments", "name"])
    })
  )

  it.effect("of the extension of 2026 are used by who knows their ids", () =>
    Effect.gen(function* () {
      const backend = backendOf("shared")
      const { gateway } = yield* memoryGateway({ backends: [backend] })
      const poster = new Poster(gateway, undefined, scope)
      const methods = ["tasks/get", "tasks/update", "tasks/cancel"]
      for (const method of methods) assert.deepInclude(resultOf(poster.post(method, params).reply), { tasks: [] })
      assert.deepStrictEqual(
        backend.calls.map(({ method }) => method),
        methods
      )
    })
  )
})

describe("tasks of 2025-11-25 over a connection of one's own", () => {
  it.effect("go through as they are", () =>
    Effect.gen(function* () {
      const backend = backendOf("session")
      const { connect } = yield* memoryGateway({ backends: [backend] })
      const client = connect("scoped", { scope }).open()
      const ids = everybodys.map((method) => client.request(method, params))
      client.request("tools/call", wish)
      yield* pass(1)
      for (const id of ids) assert.deepStrictEqual(resultOf(client.reply(id)), { tasks: [] })
      assert.deepInclude(backend.calls.at(-1)?.params, { task: wish.task })
    })
  )
})
