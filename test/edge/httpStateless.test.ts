import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { objectIn } from "../fixtures/envelope.ts"
import { echoing, MemoryBackend } from "../tree/memoryBackend.ts"
import { specOf } from "../tree/memoryGateway.ts"
import { httpEdge } from "./httpEdge.ts"

const echo = () => new MemoryBackend(specOf("a"), { tools: ["echo"] }, { onCall: echoing })

const promise = Effect.promise

describe("a request of the stateless era over HTTP", () => {
  it.effect("is answered with JSON when the reply is the first thing that comes", () =>
    Effect.gen(function* () {
      const { client } = yield* httpEdge({ backends: [echo()] })
      const answer = yield* promise(() => client().call("a__echo", { text: "hello" }, { id: "x" }))
      assert.strictEqual(answer.status, 200, answer.text)
      assert.strictEqual(answer.headers["content-type"], "application/json")
      assert.strictEqual(answer.json["id"], "x")
      assert.include(answer.text, "hello")
      assert.isUndefined(answer.headers["mcp-session-id"])
    })
  )

  it.effect("needs no session and no other request before it", () =>
    Effect.gen(function* () {
      const { client } = yield* httpEdge({ backends: [echo()] })
      const answer = yield* promise(() => client().ask("server/discover"))
      assert.strictEqual(answer.status, 200)
      assert.include(answer.text, "2026-07-28")
      const list = yield* promise(() => client().ask("tools/list"))
      assert.include(list.text, "a__echo")
    })
  )

  it.effect("becomes a stream when progress comes before the reply", () =>
    Effect.gen(function* () {
      const backend = new MemoryBackend(
        specOf("a"),
        { tools: ["slow"] },
        {
          onCall: (call, line) => {
            line.notify("notifications/progress", { progressToken: call.id, progress: 1 })
            line.reply(call, { content: [] })
          }
        }
      )
      const { client } = yield* httpEdge({ backends: [backend] })
      const answer = yield* promise(() => client().call("a__slow", {}, { id: 7, meta: { progressToken: "p" } }))
      assert.isTrue(answer.isStream, answer.text)
      assert.strictEqual(answer.headers["x-accel-buffering"], "no")
      assert.deepStrictEqual(
        answer.messages.map((message) => message["method"] ?? message["id"]),
        ["notifications/progress", 7]
      )
      assert.strictEqual(objectIn(answer.messages[0], "params")["progressToken"], "p")
      assert.isTrue(answer.events.every(({ id }) => id === undefined))
    })
  )
})
