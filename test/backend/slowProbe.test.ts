import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as TestClock from "effect/testing/TestClock"
import { Connection } from "../../src/backend/Connection.ts"
import { discoverMillis, shakeHands } from "../../src/backend/Handshake.ts"
import type { Transport } from "../../src/backend/Transport.ts"
import type { JsonObject } from "../../src/domain/Json.ts"

/** Shakes hands with a server that answers the probe only after it has refused `initialize` in its way. */
const late = (refusal: JsonObject, line: keyof typeof discoverMillis = "stdio") =>
  Effect.gen(function* () {
    const ids = new Map<string, string>()
    const transport: Transport = {
      pid: undefined,
      write: (_, outgoing) => {
        if (outgoing._tag === "Request") ids.set(outgoing.method, outgoing.id)
      },
      backlogBytes: () => 0,
      kill: () => undefined,
      stderr: () => []
    }
    const nothing = () => undefined
    const connection = new Connection(1, transport, {
      onNotification: nothing,
      onRequest: nothing,
      onViolation: nothing
    })
    const reply = (method: string, outcome: JsonObject) =>
      connection.receive(JSON.stringify({ jsonrpc: "2.0", id: ids.get(method) ?? "none", ...outcome }))
    const introduction = { identity: { name: "test", version: "1" }, capabilities: {}, probe: true, line }
    const meeting = yield* Effect.forkChild(shakeHands(connection, introduction))
    yield* TestClock.adjust(discoverMillis[line] - 1)
    assert.isFalse(ids.has("initialize"))
    yield* TestClock.adjust(1)
    reply("initialize", refusal)
    yield* TestClock.adjust(1)
    reply("server/discover", {
      result: { resultType: "complete", supportedVersions: ["2026-07-28"], capabilities: {} }
    })
    const peer = yield* Fiber.join(meeting)
    return peer.dialect.version
  })

describe("a stateless server that is slow to answer the probe", () => {
  it.effect("is recognised after it has refused initialize with an error", () =>
    Effect.gen(function* () {
      const version = yield* late({ error: { code: -32601, message: "Method not found" } })
      assert.strictEqual(version, "2026-07-28")
    })
  )

  it.effect("is recognised after it has answered initialize with nothing", () =>
    Effect.gen(function* () {
      assert.strictEqual(yield* late({ result: {} }), "2026-07-28")
    })
  )

  it.effect("is waited for longer over HTTP, where a server of either era answers", () =>
    Effect.gen(function* () {
      assert.isAbove(discoverMillis.http, discoverMillis.stdio)
      assert.strictEqual(yield* late({ result: {} }, "http"), "2026-07-28")
    })
  )
})
