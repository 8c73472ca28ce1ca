import { assert, describe, it } from "@effect/vitest"
import type { Socket } from "node:net"
import { peakMegabytes } from "../faults/memory.ts"
import { atOnceMillis, timed } from "../faults/opened.ts"
import { legacyBackend } from "../fixtures/gateway.ts"
import { serveGateway, stillServes, type ServingGateway } from "./httpServed.ts"
import { connected, modernHeaders, modernText, requestBytes } from "./rawHttp.ts"

/** More than a system's socket buffers take, and less than the largest frame. */
const largeBytes = 12_000_000
const readers = 24

/** The gateway's bound, and what the answers cost on their way; without a bound they cost 385 and more. */
const growthMegabytes = 330

/** Asks for large answers over these connections, `each` of them over each, and reads none. */
const askWithoutReading = async (gateway: ServingGateway, sockets: ReadonlyArray<Socket>, each: number) => {
  const { port } = gateway
  const body = modernText("tools/call", { name: "one__big", arguments: { bytes: largeBytes } })
  const headers = [...modernHeaders(port, "tools/call", "one__big"), ["Connection", "keep-alive"] as const]
  const request = requestBytes({ headers, body })
  for (const [index, socket] of sockets.entries()) {
    socket.pause().write(Buffer.concat(Array.from({ length: each }, () => request)))
    // One that reads is answered behind them: so far nobody is held up.
    if (index % 4 === 3) assert.isBelow((await timed(stillServes(port, "two__echo"))).millis, atOnceMillis)
  }
  // The backend answers in order, so that by now all their answers have been made.
  await stillServes(port)
}

describe("clients that do not read", () => {
  it.each([
    ["a connection each", readers, 1],
    ["one connection for all, one behind the other", 1, readers]
  ])("hold up nobody, and cost no more memory than the gateway allows: with %s", async (_, connections, each) => {
    const one = legacyBackend("one", [], { max_in_flight: 1, max_queued: 2 * readers })
    await using gateway = await serveGateway({ backends: [one, legacyBackend("two")] }, ["one__big", "two__echo"])
    const before = peakMegabytes(gateway.pid)
    const sockets = await Promise.all(Array.from({ length: connections }, () => connected(gateway.port)))
    try {
      await askWithoutReading(gateway, sockets, each)
      assert.isBelow(peakMegabytes(gateway.pid) - before, growthMegabytes)
    } finally {
      for (const socket of sockets) socket.destroy()
    }
    await stillServes(gateway.port)
  })
})
