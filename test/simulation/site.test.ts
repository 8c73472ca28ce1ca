import { assert, it } from "@effect/vitest"
import { vi } from "vitest"
import { wireBounds } from "../../src/backend/HttpWire.ts"
import { connectionsOf } from "../../src/backend/HttpConnector.ts"
import { callOn, eras, everyStyle, openLine, openSession, openSite, soonMillis, textOf } from "./siteLine.ts"

it("a call is answered in either era, in every way that a server may answer in", () => {
  for (const era of eras) {
    for (const style of everyStyle) {
      const open = openSite({ era, style })
      const line = openLine(open)
      const call = callOn(open, line, "sg:1")
      open.pass()
      assert.include(textOf(line, "sg:1"), `echo of ${call.canary}`, `${era} ${JSON.stringify(style)}`)
      assert.strictEqual(call.arrived.length, 1)
      assert.deepStrictEqual([line.witness.failures, line.witness.exits], [[], []])
    }
  }
})

it("what the server says by itself comes on the stream of the session, or on the one that was asked for", () => {
  const changed = "notifications/tools/list_changed"
  const stateful = openSite()
  const session = openSession(stateful)
  stateful.server.apply({ _tag: "Tools", count: 1 })
  stateful.pass()
  assert.deepStrictEqual(session.witness.frames().at(-1)?.["method"], changed)

  const stateless = openSite({ era: "stateless" })
  const line = stateless.connect()
  line.modern("sg:1", "subscriptions/listen", {})
  stateless.pass()
  stateless.server.apply({ _tag: "Tools", count: 1 })
  stateless.pass()
  assert.deepStrictEqual(line.witness.frames().at(-1)?.["method"], changed)
})

it("a request goes to a session by its name, and a server of sessions takes none without", () => {
  const open = openSite({ style: { answers: "json" } })
  const line = open.connect()
  line.modern("sg:1", "server/discover")
  open.pass()
  assert.deepStrictEqual(line.witness.replyTo("sg:1")?.["error"], {
    code: -32_000,
    message: "Bad Request: No valid session ID provided"
  })
})

it("a line that is closed says goodbye, and nothing of it is left", () => {
  const open = openSite()
  const line = openSession(open)
  assert.deepStrictEqual([open.server.sessions.size, open.world.alive.size], [1, 1])
  const closing = line.close()
  open.pass()
  assert.isDefined(closing.pollUnsafe())
  assert.deepStrictEqual([open.server.sessions.size, open.world.alive.size, open.site.guests.size], [0, 0, 0])
})

it("a request that is given up is cancelled at a server without sessions", () => {
  const open = openSite({ era: "stateless" })
  const line = open.connect()
  const calls = Array.from({ length: 20 }, (_, index) => callOn(open, line, `sg:${index}`))
  open.pass(2)
  for (const index of calls.keys()) line.transport.drop?.(`sg:${index}`)
  open.pass()
  const answered = calls.filter(({ canary }) => open.trace.lines.some((seen) => seen.includes(`echo of ${canary}"`)))
  const goesOn = calls.filter(({ canary }) => open.server.ignoresCancel(canary))
  assert.deepStrictEqual([calls.map(({ arrived }) => arrived.length), answered], [calls.map(() => 1), goesOn])
  assert.deepStrictEqual(line.witness.reads, [])
})

it("a line has no more connections than its bound, and uses them again until they have been idle too long", () => {
  const open = openSite({ era: "stateless", inFlight: 1, style: { answers: "json" } })
  const line = open.connect()
  const most = connectionsOf(open.server.plan.spec)
  open.site.apply({ _tag: "Hang", requests: most })
  for (let index = 0; index < most + 3; index++) line.modern(`sg:${index}`, "tools/list")
  open.pass()
  assert.deepStrictEqual(line.witness.reads, [])
  for (let index = 0; index < 3; index++) line.transport.drop?.(`sg:${index}`)
  open.pass()
  assert.deepStrictEqual(line.witness.told, ["frames", "frames", "frames"])

  const millisTo = (id: string) => {
    const from = open.time.now
    line.modern(id, "tools/list")
    while (line.witness.replyTo(id) === undefined) open.pass(0.1)
    return open.time.now - from
  }
  const reused = millisTo("again")
  open.pass(wireBounds.idleMillis)
  assert.isAbove(millisTo("later"), reused + 0.3)
})

it("a site that is stopped answers nothing, and everything when it goes on or is healed", () => {
  for (const isHealed of [false, true]) {
    const open = openSite()
    const line = openSession(open)
    open.server.apply({ _tag: "Stop", millis: 10_000 })
    const calls = ["sg:1", "sg:2"].map((id) => callOn(open, line, id))
    open.pass(9_000)
    assert.deepStrictEqual(line.witness.frames().length, 1)
    if (isHealed) open.server.heal()
    if (isHealed) open.site.heal()
    open.pass(isHealed ? soonMillis : 1_000 + soonMillis)
    assert.deepStrictEqual(
      calls.map(({ arrived }) => arrived.length),
      [1, 1]
    )
    assert.isDefined(line.witness.replyTo("sg:1"))
    assert.isDefined(line.witness.replyTo("sg:2"))
  }
})

it("a POST without the headers that it must have ends the run", () => {
  const open = openSite({ era: "stateless" })
  const line = open.connect()
  // The body says another revision than the header.
  const params = { _meta: { "io.modelcontextprotocol/protocolVersion": "2026-07-28" } }
  line.transport.write(JSON.stringify({ jsonrpc: "2.0", id: "sg:1", method: "tools/call", params }), {
    _tag: "Request",
    id: "sg:1",
    method: "tools/list",
    params,
    era: "stateless"
  })
  assert.throws(() => open.pass(), /the gateway sent tools\/call with mcp-method: "tools\/list"/)
})

it("nothing of it happens on a turn or a timer of the machine, and the same things happen every time", () => {
  const spies = [
    vi.spyOn(globalThis, "setTimeout"),
    vi.spyOn(globalThis, "setImmediate"),
    vi.spyOn(globalThis, "queueMicrotask"),
    vi.spyOn(process, "nextTick")
  ]
  try {
    const traces = eras.flatMap((era) => [1, 2].map(() => eventfulTrace(era)))
    assert.isAbove(traces[0]?.length ?? 0, 1_000)
    assert.deepStrictEqual([traces[0], traces[2]], [traces[1], traces[3]])
    for (const spy of spies) assert.strictEqual(spy.mock.calls.length, 0, spy.getMockName())
  } finally {
    for (const spy of spies) spy.mockRestore()
  }
})

const eventfulTrace = (era: "stateful" | "stateless"): string => {
  const open = openSite({ era, style: { answers: "either", resumes: true } })
  const line = openLine(open)
  for (let index = 0; index < 10; index++) callOn(open, line, `sg:${index}`)
  open.site.apply({ _tag: "Cut", share: 0.3 })
  open.site.apply({ _tag: "Unauthorized", requests: 1 })
  open.pass(5)
  open.server.apply({ _tag: "Crash" })
  open.pass(3_000)
  line.close()
  open.pass(3_000)
  return [...open.trace.lines, ...line.witness.told].join("\n")
}
