import { assert, describe, it } from "@effect/vitest"
import { Connection } from "../../src/backend/Connection.ts"
import { Prober } from "../../src/backend/Prober.ts"
import type { Transport } from "../../src/backend/Transport.ts"
import type { BackendSpec } from "../../src/domain/BackendSpec.ts"
import type { Dialect } from "../../src/protocol/Upstream.ts"
import { jsonRpcCodes, mcpCodes } from "../../src/protocol/JsonRpcCodes.ts"
import { specOf } from "../tree/memoryGateway.ts"

const identity = { name: "test", version: "1" }
const dialects: Readonly<Record<Dialect["era"], Dialect>> = {
  stateful: { era: "stateful", version: "2025-11-25", identity },
  stateless: { era: "stateless", version: "2026-07-28", identity }
}

const http: BackendSpec = {
  ...specOf("a"),
  launch: {
    type: "http",
    url: "http://127.0.0.1:1/mcp",
    transport: "auto",
    headers: {},
    allowedAddresses: [],
    oauth: undefined
  }
}

/** What the prober makes of an error with this code for its probe: alive, or why the connection has to be replaced. */
const verdictOn = (code: number, era: Dialect["era"], spec: BackendSpec): string => {
  let verdict = "waits"
  const probes: Array<{ readonly id: string; readonly method: string }> = []
  const nothing = () => undefined
  const transport: Transport = {
    pid: undefined,
    write: (_, outgoing) => {
      if (outgoing._tag === "Request") probes.push(outgoing)
    },
    backlogBytes: () => 0,
    kill: nothing,
    stderr: () => []
  }
  const connection = new Connection(1, transport, {
    onNotification: nothing,
    onRequest: nothing,
    onViolation: nothing
  })
  let now = 0
  const onDown = (reason: string) => void (verdict = reason)
  const prober = new Prober({ spec, now: () => now, random: () => 0.5, wake: nothing, onDown })
  prober.attach({ connection, dialect: dialects[era] })
  now = spec.health.intervalMillis * 2
  prober.due()
  const [probe] = probes
  assert.strictEqual(probe?.method, era === "stateful" ? "ping" : "server/discover")
  connection.receive(JSON.stringify({ jsonrpc: "2.0", id: probe?.id, error: { code, message: "no" } }))
  return verdict === "waits" && prober.health.lastProvenAt === now ? "alive" : verdict
}

const another = /^answers ping as if it were another server: the handshake has to be made again$/

describe("an error in answer to a ping", () => {
  it.each([
    ["a server that leaves ping out", jsonRpcCodes.methodNotFound],
    ["a server that stumbles over it", jsonRpcCodes.internalError],
    ["a code of its own", -31_999]
  ])("from %s proves it alive", (_, code) => {
    assert.strictEqual(verdictOn(code, "stateful", http), "alive")
  })

  it.each([
    ["misses the headers of the stateless era", mcpCodes.headerMismatch],
    ["misses the version in the request", mcpCodes.unsupportedProtocolVersion],
    ["misses the description of the request", jsonRpcCodes.invalidParams],
    ["knows no session", -32_000]
  ])("from a server that %s has the handshake made again", (_, code) => {
    assert.match(verdictOn(code, "stateful", http), another)
  })

  it("proves a process alive, whatever its code: no other can have taken its place", () => {
    assert.strictEqual(verdictOn(mcpCodes.unsupportedProtocolVersion, "stateful", specOf("a")), "alive")
  })
})
