import { assert, describe, it } from "@effect/vitest"
import { once } from "node:events"
import type { Socket } from "node:net"
import type { JsonObject } from "../../src/domain/Json.ts"
import { textOf } from "../fixtures/envelope.ts"
import { legacyBackend } from "../fixtures/gateway.ts"
import { atOnceMillis, refusalOf, timed } from "../faults/opened.ts"
import { residentMegabytes } from "../faults/memory.ts"
import { call, legacyText, openSession, serveGateway, sessionHeaders, stillServes } from "./httpServed.ts"
import {
  answerOn,
  connected,
  exchange,
  modernHeaders,
  modernText,
  plainHeaders,
  requestBytes,
  type RawAnswer
} from "./rawHttp.ts"

/** The backend `one` may work on four calls, and four more may wait. */
const tight = { max_in_flight: 4, max_queued: 4 }
const bound = 8

/** Ten times as many calls that never end as there is room for; those that were refused, once all of these are. */
const flood = async (port: number, request: (index: number) => Buffer) => {
  const sockets = await Promise.all(Array.from({ length: bound * 10 }, () => connected(port)))
  const refused: Array<RawAnswer> = []
  const all = Promise.withResolvers<void>()
  const ends = sockets.map(async (socket, index) => {
    refused.push(await answerOn(socket, request(index)))
    if (refused.length === bound * 9) all.resolve()
  })
  await Promise.race([all.promise, Promise.all(ends)])
  const release = async () => {
    for (const socket of sockets) socket.destroy()
    await Promise.all(ends)
  }
  return { refused: [...refused], release }
}

/** Nine in ten were refused with a time to wait, although not one call has ended. */
const assertRefused = (refused: ReadonlyArray<RawAnswer>, expected: object) => {
  assert.lengthOf(refused, bound * 9)
  for (const { headers, message } of refused) {
    const refusal = refusalOf(message)
    assert.deepInclude(refusal, { code: -31001, certainty: "not_sent", ...expected })
    assert.isAbove(refusal.retryAfterMs, 0)
    if (headers.has("retry-after")) assert.match(headers.get("retry-after") ?? "", /^[1-9]\d*$/)
  }
}

/** A call that never ends, of a client without a session. */
const hanging = (port: number) => () =>
  requestBytes({
    headers: modernHeaders(port, "tools/call", "one__hang"),
    body: modernText("tools/call", { name: "one__hang", arguments: {} })
  })

describe("ten times the calls that are allowed, over HTTP", () => {
  it("of clients without a session are refused at once with a time to wait, and another backend is not touched", async () => {
    const backends = [legacyBackend("one", [], tight), legacyBackend("two")]
    await using gateway = await serveGateway({ backends }, ["one__hang", "two__echo"])
    const { port } = gateway
    const { refused, release } = await flood(port, hanging(port))
    assertRefused(refused, { backend: "one" })
    for (const { headers } of refused) assert.isTrue(headers.has("retry-after"))
    assert.isBelow((await timed(stillServes(port, "two__echo"))).millis, atOnceMillis)
    await release()
    await stillServes(port)
  })

  it("of one session are refused the same way, and another session is served", async () => {
    const backends = [legacyBackend("one", [], tight), legacyBackend("two")]
    await using gateway = await serveGateway({ backends }, ["one__hang", "two__echo"])
    const { port } = gateway
    const [flooding, other] = [await openSession(port), await openSession(port)]
    const call = (session: string, name: string, args: JsonObject, id: number) => ({
      headers: sessionHeaders(port, session),
      body: legacyText("tools/call", { name, arguments: args }, id)
    })
    const { refused, release } = await flood(port, (index) => requestBytes(call(flooding, "one__hang", {}, index)))
    assertRefused(refused, { backend: "one" })
    const served = await timed(exchange(port, call(other, "two__echo", { text: "free" }, 1)))
    assert.strictEqual(textOf(served.value.message), "free")
    assert.isBelow(served.millis, atOnceMillis)
    await exchange(port, { method: "DELETE", headers: sessionHeaders(port, flooding) })
    await release()
    await stillServes(port)
  })

  it("are refused by the gateway as a whole beyond max_calls", async () => {
    const extra = `[gateway]\nmax_calls = ${bound}`
    await using gateway = await serveGateway({ extra, backends: [legacyBackend("one")] }, ["one__hang"])
    const { refused, release } = await flood(gateway.port, hanging(gateway.port))
    assertRefused(refused, { backend: undefined })
    for (const { message } of refused) assert.include(refusalOf(message).message, "max_calls")
    await release()
    await stillServes(gateway.port)
  })

  it("are sessions as well: beyond max_sessions 503 with Retry-After, and those that are open go on", async () => {
    const extra = "[gateway]\nmax_sessions = 5"
    await using gateway = await serveGateway({ extra, backends: [legacyBackend("one")] }, ["one__echo"])
    const { port } = gateway
    const sessions = await Promise.all(Array.from({ length: 5 }, () => openSession(port)))
    const params = { protocolVersion: "2025-11-25", capabilities: {}, clientInfo: { name: "x", version: "1" } }
    for (let more = 0; more < 45; more++) {
      const answer = await exchange(port, { headers: plainHeaders(port), body: legacyText("initialize", params) })
      assert.strictEqual(answer.status, 503)
      assert.match(answer.headers.get("retry-after") ?? "", /^[1-9]\d*$/)
      assert.deepInclude(refusalOf(answer.message), { code: -31001, certainty: "not_sent" })
    }
    const [first = ""] = sessions
    const ping = { headers: sessionHeaders(port, first), body: legacyText("ping") }
    assert.strictEqual((await exchange(port, ping)).status, 200)
    await exchange(port, { method: "DELETE", headers: sessionHeaders(port, first) })
    await openSession(port)
  })
})

describe("a thousand connections", () => {
  it("that say nothing cost little, and the next client is served at once", async () => {
    await using gateway = await serveGateway({ backends: [legacyBackend("one")] }, ["one__echo"])
    const { pid, port } = gateway
    const before = residentMegabytes(pid)
    const sockets = await Promise.all(Array.from({ length: 1_000 }, () => connected(port)))
    try {
      const { millis } = await timed(stillServes(port))
      assert.isBelow(millis, atOnceMillis)
      assert.isBelow(residentMegabytes(pid) - before, 60)
    } finally {
      for (const socket of sockets) socket.destroy()
    }
    await stillServes(port)
  })

  it("of which max_connections are kept and the others closed at once, leave room when they go", async () => {
    const extra = "[gateway]\nmax_connections = 20"
    await using gateway = await serveGateway({ extra, backends: [legacyBackend("one")] }, ["one__echo"])
    const { port } = gateway
    const closed = new Set<Socket>()
    const sockets = await Promise.all(
      Array.from({ length: 1_000 }, async () => {
        const socket = await connected(port)
        socket.resume()
        socket.once("close", () => closed.add(socket))
        return socket
      })
    )
    try {
      await gateway.until(() => closed.size >= 980, "the end of those beyond the bound")
      assert.isAtMost(closed.size, 1_000)
    } finally {
      for (const socket of sockets) socket.destroy()
    }
    await gateway.until(() => closed.size === 1_000, "the end of all")
    for (let attempt = 0; attempt < 100; attempt++) {
      const { status } = await call(port, "one__echo", { text: "room" })
      if (status === 200) return
    }
    assert.fail("no room after the others have gone")
  })

  it("that send their headers byte by byte are closed within request_timeout_secs", async () => {
    const extra = "[gateway]\nrequest_timeout_secs = 1"
    await using gateway = await serveGateway({ extra, backends: [legacyBackend("one")] }, ["one__echo"])
    const { port } = gateway
    const bytes = requestBytes({ headers: modernHeaders(port, "tools/list"), body: modernText("tools/list", {}) })
    const sockets = await Promise.all(Array.from({ length: 300 }, () => connected(port)))
    const ends = sockets.map((socket) => once(socket.resume(), "close"))
    for (const [index, socket] of sockets.entries()) socket.write(bytes.subarray(0, 1 + (index % 200)))
    await stillServes(port)
    await Promise.all(ends)
    await stillServes(port)
  })
})
