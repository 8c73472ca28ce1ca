import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { listCatalog } from "../../src/backend/CatalogListing.ts"
import { Connection } from "../../src/backend/Connection.ts"
import type { Peer } from "../../src/backend/Handshake.ts"
import type { Transport } from "../../src/backend/Transport.ts"
import type { BackendSpec } from "../../src/domain/BackendSpec.ts"
import { specOf } from "../tree/memoryGateway.ts"
import { httpSpec } from "./httpServer.ts"

const peer: Peer = {
  dialect: { era: "stateless", version: "2026-07-28", identity: { name: "test", version: "1" } },
  capabilities: { tools: {} },
  serverInfo: {},
  instructions: undefined
}

const annotated = (name: string, header: string) => ({
  name,
  inputSchema: { type: "object", properties: { region: { type: "string", "x-mcp-header": header } } }
})

/** The catalog of a server with a tool whose annotation is right, and one whose annotation is not. */
const catalogOf = (spec: BackendSpec) => {
  const nothing = () => undefined
  const transport: Transport = {
    pid: undefined,
    write: (_, outgoing) => {
      if (outgoing._tag !== "Request") return
      const result = { resultType: "complete", tools: [annotated("right", "Region"), annotated("wrong", "My Region")] }
      setImmediate(() => connection.receive(JSON.stringify({ jsonrpc: "2.0", id: outgoing.id, result })))
    },
    backlogBytes: () => 0,
    kill: nothing,
    stderr: () => []
  }
  const connection = new Connection(1, transport, { onNotification: nothing, onRequest: nothing, onViolation: nothing })
  return listCatalog(connection, peer, spec)
}

describe("a tool that wants an argument as a header with no name for one", () => {
  it.live("is withheld alone, with the reason, when its server is reached over HTTP", () =>
    Effect.gen(function* () {
      const { rejected, tools } = yield* catalogOf(httpSpec("http://127.0.0.1:1/mcp"))
      assert.deepStrictEqual(
        tools.map(({ name }) => name),
        ["right"]
      )
      assert.strictEqual(rejected.length, 1)
      assert.strictEqual(rejected[0]?.name, "wrong")
      assert.match(rejected[0]?.reason ?? "", /x-mcp-header/)
    })
  )

  it.live("is listed when its server is a child process: there are no headers", () =>
    Effect.gen(function* () {
      const { tools } = yield* catalogOf(specOf("a"))
      assert.strictEqual(tools.length, 2)
    })
  )
})
