import { afterAll, assert, beforeAll, describe, it } from "@effect/vitest"
import { randomBytes } from "node:crypto"
import { connect } from "node:net"
import type { JsonObject } from "../../src/domain/Json.ts"
import { objectIn, textIn, textOf } from "../fixtures/envelope.ts"
import { legacyBackend } from "../fixtures/gateway.ts"
import { modernMeta } from "../fixtures/modernClient.ts"
import {
  type ServingGateway,
  ask,
  callsSeen,
  legacyText,
  openSession,
  refusalIn,
  serveGateway,
  sessionHeaders
} from "./httpServed.ts"
import { exchange, modernHeaders, plainHeaders, requestBytes, withHeaders, type Header } from "./rawHttp.ts"

const invalidRequest = -32600
const inputExpired = -31007

const codeOf = (message: JsonObject) => objectIn(message, "error")["code"]

describe("a session of another one", () => {
  let gateway: ServingGateway
  let session: string
  beforeAll(async () => {
    const own = legacyBackend("own", [], { isolation: "session" })
    gateway = await serveGateway({ backends: [legacyBackend("one"), own] }, ["one__echo", "own__pid"])
    session = await openSession(gateway.port)
  })
  afterAll(() => gateway.stop())

  const echo = legacyText("tools/call", { name: "one__echo", arguments: { text: "hello" } }, "s")
  const send = (headers: ReadonlyArray<Header>, body = echo, path = "/mcp") =>
    exchange(gateway.port, { headers, body, path })
  const withId = (id: string) => send(sessionHeaders(gateway.port, id))
  const unheard = async (status: Promise<unknown>, expected: unknown) => {
    const before = await callsSeen(gateway.port, "echo")
    assert.deepStrictEqual(await status, expected)
    assert.strictEqual(await callsSeen(gateway.port, "echo"), before)
  }

  it("can't be guessed: 404 for an id that is nearly right, made up, empty or absurd", async () => {
    const guesses = [
      "",
      session.slice(0, -1),
      `${session}0`,
      session.toUpperCase() === session ? session.toLowerCase() : session.toUpperCase(),
      randomBytes(16).toString("hex"),
      "session-1",
      "listen-1",
      "__proto__",
      "constructor",
      "../../etc/passwd",
      "' OR 1=1 --",
      "x".repeat(4_000)
    ]
    for (const id of guesses.filter((guess) => guess !== session)) {
      await unheard(withId(id).then(refusalIn), [404, invalidRequest, "s"])
      for (const method of ["GET", "DELETE"]) {
        const { status } = await exchange(gateway.port, { method, headers: sessionHeaders(gateway.port, id) })
        assert.strictEqual(status, 404, `${method} ${id}`)
      }
    }
    assert.strictEqual(textOf((await withId(session)).message), "hello")
  })

  it("can't be had by naming two, nor without naming one", async () => {
    const other = await openSession(gateway.port)
    for (const ids of [
      [session, other],
      [other, session],
      [session, session]
    ]) {
      const headers = [...plainHeaders(gateway.port), ...ids.map((id) => ["Mcp-Session-Id", id] as const)]
      await unheard(send(headers).then(refusalIn), [404, invalidRequest, "s"])
    }
    await unheard(send(plainHeaders(gateway.port)).then(refusalIn), [400, invalidRequest, "s"])
  })

  it("can't be used at another endpoint than the one it was opened at", async () => {
    const scoped = await openSession(gateway.port, "/servers/one/mcp")
    await unheard(send(sessionHeaders(gateway.port, session), echo, "/servers/one/mcp").then(refusalIn), [
      404,
      invalidRequest,
      "s"
    ])
    await unheard(withId(scoped).then(refusalIn), [404, invalidRequest, "s"])
    const { status } = await exchange(gateway.port, { method: "DELETE", headers: sessionHeaders(gateway.port, scoped) })
    assert.strictEqual(status, 404)
  })

  it("is over once it was ended: 404, and its own process is gone", async () => {
    const ended = await openSession(gateway.port)
    const pid = await ownPid(ended)
    const remove = () => exchange(gateway.port, { method: "DELETE", headers: sessionHeaders(gateway.port, ended) })
    assert.strictEqual((await remove()).status, 204)
    await unheard(withId(ended).then(refusalIn), [404, invalidRequest, "s"])
    assert.strictEqual((await remove()).status, 404)
    await gateway.until(() => !gateway.processes().includes(pid), "the end of the session's process")
  })

  it("can't be opened again within itself", async () => {
    const body = legacyText("initialize", {
      protocolVersion: "2025-11-25",
      capabilities: {},
      clientInfo: { name: "x", version: "1" }
    })
    assert.strictEqual((await send(sessionHeaders(gateway.port, session), body)).status, 400)
  })

  it("hands out nothing by Last-Event-ID: not what it kept for others, not what is made up", async () => {
    const canary = "canary-of-another-session"
    const told = legacyText("tools/call", { name: "one__log", arguments: { level: "error", data: canary } })
    const level = legacyText("logging/setLevel", { level: "debug" })
    assert.strictEqual((await send(sessionHeaders(gateway.port, session), level)).status, 200)
    const { body } = await send(sessionHeaders(gateway.port, session), told)
    assert.include(body, canary)
    const known = [...body.matchAll(/^id: ?(.+)$/gm)].map(([, id = ""]) => id)
    assert.isNotEmpty(known)
    const other = await openSession(gateway.port)
    for (const eventId of [...known, "0", "0_0", "1_0", "1-0", "-1", "1e9", "__proto__", "x".repeat(1_000)]) {
      const headers = [...sessionHeaders(gateway.port, other), ["Last-Event-ID", eventId] as const]
      assert.notInclude(await beginningOf({ method: "GET", headers }), canary, eventId)
    }
  })

  it("of the stateful era is not needed, looked at or named in the stateless one", async () => {
    for (const id of [session, "guessed"]) {
      const { headers, status } = await ask(gateway.port, "tools/list").then(() =>
        exchange(gateway.port, {
          headers: [...modernHeaders(gateway.port, "tools/list"), ["Mcp-Session-Id", id]],
          body: JSON.stringify({ jsonrpc: "2.0", id: 1, method: "tools/list", params: { _meta: modernMeta() } })
        })
      )
      assert.strictEqual(status, 200)
      assert.isFalse(headers.has("mcp-session-id"))
    }
  })

  it("has no methods of HTTP but its own: 405", async () => {
    for (const method of ["PUT", "PATCH", "OPTIONS", "HEAD", "TRACE"]) {
      const headers = withHeaders(sessionHeaders(gateway.port, session), { "Content-Type": undefined })
      assert.strictEqual((await exchange(gateway.port, { method, headers })).status, 405, method)
    }
    for (const method of ["GET", "DELETE"]) {
      assert.strictEqual((await exchange(gateway.port, { method, headers: plainHeaders(gateway.port) })).status, 405)
    }
  })

  const ownPid = async (id: string): Promise<number> => {
    const body = legacyText("tools/call", { name: "own__pid", arguments: {} })
    return Number(textOf((await send(sessionHeaders(gateway.port, id), body)).message))
  }

  /** What comes first on a stream, or the whole answer if it is none. */
  const beginningOf = (request: {
    readonly method: string
    readonly headers: ReadonlyArray<Header>
  }): Promise<string> =>
    new Promise((resolve) => {
      const socket = connect(gateway.port, "127.0.0.1")
      let text = ""
      socket.on("error", () => undefined)
      socket.on("close", () => resolve(text))
      socket.on("data", (chunk) => {
        text += chunk.toString()
        // Replayed messages follow the head at once, in the same turn of the server.
        if (text.includes("\r\n\r\n")) setImmediate(() => socket.destroy())
      })
      socket.write(requestBytes({ ...request, headers: [...request.headers] }))
    })
})

describe("a session that its client has forgotten", () => {
  it("is ended after http_session_idle_secs: its process goes, and its id is worth nothing", async () => {
    const extra = "[gateway]\nhttp_session_idle_secs = 1\nkeep_alive_secs = 1"
    await using gateway = await serveGateway(
      { extra, backends: [legacyBackend("own", [], { isolation: "session" })] },
      ["own__pid"]
    )
    const session = await openSession(gateway.port)
    const body = legacyText("tools/call", { name: "own__pid", arguments: {} })
    const request = () => exchange(gateway.port, { headers: sessionHeaders(gateway.port, session), body })
    const pid = Number(textOf((await request()).message))
    assert.include(gateway.processes(), pid)
    await gateway.until(() => !gateway.processes().includes(pid), "the end of the session's process")
    assert.strictEqual((await request()).status, 404)
  })
})

describe("the state of a request that waits for input", () => {
  let gateway: ServingGateway
  beforeAll(async () => {
    gateway = await serveGateway({ backends: [legacyBackend("own", [], { isolation: "session" })] }, ["own__ask-roots"])
  })
  afterAll(() => gateway.stop())

  const send = async (path: string, params: JsonObject) => {
    const meta = modernMeta({ capabilities: { roots: {}, elicitation: {} } })
    const name = textIn(params, "name", "")
    const body = JSON.stringify({ jsonrpc: "2.0", id: 1, method: "tools/call", params: { ...params, _meta: meta } })
    const headers = modernHeaders(gateway.port, "tools/call", name)
    const { message, status } = await exchange(gateway.port, { path, headers, body })
    assert.strictEqual(status, codeOf(message) === inputExpired ? 403 : 200)
    return message
  }
  const asked = async (): Promise<string> => {
    const result = objectIn(await send("/mcp", { name: "own__ask-roots", arguments: {} }), "result")
    assert.strictEqual(result["resultType"], "input_required")
    return textIn(result, "requestState", "")
  }
  const back = (requestState: string, name = "own__ask-roots", args: JsonObject = {}, path = "/mcp") =>
    send(path, { name, arguments: args, requestState, inputResponses: { q1: { roots: [] } } })
  it("is refused when it was changed, is used for something else, or at another endpoint; and then still good", async () => {
    const state = await asked()
    const last = state.at(-1) === "A" ? "B" : "A"
    for (const wrong of [`${state.slice(0, -1)}${last}`, `${state}=`, state.slice(1), "sg1", ""]) {
      assert.strictEqual(codeOf(await back(wrong)), inputExpired, wrong)
    }
    assert.strictEqual(codeOf(await back(state, "own__ask-elicitation")), inputExpired)
    assert.strictEqual(codeOf(await back(state, "own__ask-roots", { force: true })), inputExpired)
    assert.strictEqual(codeOf(await back(state, "ask-roots", {}, "/servers/own/mcp")), inputExpired)
    assert.strictEqual(objectIn(await back(state), "result")["resultType"], "complete")
  })

  it("is refused the second time, by whichever of two that come at once is later", async () => {
    const state = await asked()
    const both = await Promise.all([back(state), back(state)])
    const codes = both.map(codeOf).filter((code) => code !== undefined)
    assert.deepStrictEqual(codes, [inputExpired])
    assert.strictEqual(codeOf(await back(state)), inputExpired)
  })
})
