import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { Connection } from "../../src/backend/Connection.ts"
import { shakeHands } from "../../src/backend/Handshake.ts"
import type { Transport } from "../../src/backend/Transport.ts"
import type { JsonObject } from "../../src/domain/Json.ts"

/** Shakes hands with a server that refuses the first probe with an error, and says what it was asked. */
const met = (refusal: JsonObject) =>
  Effect.gen(function* () {
    const asked: Array<string> = []
    const answerTo = (method: string): JsonObject => {
      if (method === "initialize")
        return {
          result: { protocolVersion: "2025-11-25", capabilities: {}, serverInfo: { name: "old", version: "1" } }
        }
      if (asked.length === 1) return { error: { message: "refused", ...refusal } }
      return { result: { resultType: "complete", supportedVersions: ["2026-07-28"], capabilities: {} } }
    }
    const transport: Transport = {
      pid: undefined,
      write: (_, outgoing) => {
        if (outgoing._tag !== "Request") return
        asked.push(outgoing.method)
        const reply = JSON.stringify({ jsonrpc: "2.0", id: outgoing.id, ...answerTo(outgoing.method) })
        // A server answers on a later turn.
        setImmediate(() => connection.receive(reply))
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
    const identity = { name: "test", version: "1" }
    const peer = yield* shakeHands(connection, { identity, capabilities: {}, probe: true, line: "stdio" })
    return { asked, version: peer.dialect.version }
  })

const unsupported = (supported: ReadonlyArray<string>): JsonObject => ({
  code: -32022,
  data: { supported: [...supported] }
})

describe("a server that refuses the version of the probe", () => {
  it.live("is asked once more by a version that it names", () =>
    Effect.gen(function* () {
      const { asked, version } = yield* met(unsupported(["2099-01-01", "2026-07-28"]))
      assert.deepStrictEqual([asked, version], [["server/discover", "server/discover"], "2026-07-28"])
    })
  )

  it.live("is opened with initialize when it names no version of the stateless era that the gateway speaks", () =>
    Effect.gen(function* () {
      const { asked, version } = yield* met(unsupported(["2099-01-01", "2025-11-25"]))
      assert.deepStrictEqual([asked, version], [["server/discover", "initialize"], "2025-11-25"])
    })
  )

  it.live("is of the stateful era when it does not know the method", () =>
    Effect.gen(function* () {
      const { asked } = yield* met({ code: -32601 })
      assert.deepStrictEqual(asked, ["server/discover", "initialize"])
    })
  )
})
