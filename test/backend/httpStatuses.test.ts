import { assert, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as net from "node:net"
import { CredentialsError } from "../../src/backend/Credentials.ts"
import type { Challenge, Credentials } from "../../src/backend/Credentials.ts"
import type { Arrival } from "./httpServer.ts"
import { connectHttp, eventually, httpLayer, httpServer, httpSpec, stopServer } from "./httpServer.ts"

/** One request to a server that does this with it; what the transport tells of it. */
const asked = Effect.fnUntraced(function* (script: (arrival: Arrival) => void, headers: Record<string, string> = {}) {
  const { url } = yield* httpServer(script)
  const { modern, witness } = yield* connectHttp(httpSpec(url, { headers }))
  modern("sg:1", "tools/call", { name: "echo" })
  yield* witness.until(() => witness.told.length > 0)
  return { frames: witness.frames(), failures: witness.failures, exits: witness.exits }
})

it.live("a JSON-RPC error in the body of a refusal is the answer, whatever the status", () =>
  Effect.gen(function* () {
    const error = { code: -32601, message: "Method not found" }
    for (const id of ["sg:1", null]) {
      const told = yield* asked((arrival) => arrival.json(404, { jsonrpc: "2.0", id, error }))
      assert.deepStrictEqual(told, { frames: [{ jsonrpc: "2.0", id: "sg:1", error }], failures: [], exits: [] })
    }
  }).pipe(Effect.scoped, Effect.provide(httpLayer()))
)

it.live("a refusal without one is an error of the gateway's own, without a word of the body", () =>
  Effect.gen(function* () {
    for (const [status, words] of [
      [404, "HTTP status 404 (Not Found)"],
      [429, "HTTP status 429 (Too Many Requests)"],
      [499, "HTTP status 499"]
    ] as const) {
      const told = yield* asked((arrival) => arrival.response.writeHead(status).end("<h1>secret</h1>"))
      const error = { code: -31011, message: `backend "example" answered with ${words}` }
      assert.deepStrictEqual(told, { frames: [{ jsonrpc: "2.0", id: "sg:1", error }], failures: [], exits: [] })
    }
  }).pipe(Effect.scoped, Effect.provide(httpLayer()))
)

it.live("a failure of the server may have come after the work", () =>
  Effect.gen(function* () {
    const told = yield* asked((arrival) =>
      arrival.json(503, { jsonrpc: "2.0", id: "sg:1", error: { code: 1, message: "" } })
    )
    const reason = "failed with HTTP status 503 (Service Unavailable)"
    assert.deepStrictEqual(told, { frames: [], failures: [{ id: "sg:1", reason, sent: true }], exits: [] })
  }).pipe(Effect.scoped, Effect.provide(httpLayer()))
)

it.live("a redirect is not followed; the error names the host and what to do, never the query", () =>
  Effect.gen(function* () {
    for (const [location, where] of [
      ["https://elsewhere.example:8443/mcp?token=s3cret", "elsewhere.example:8443"],
      ["/mcp/?token=s3cret", "another path of its own"],
      ["http://169.254.169.254/latest", "169.254.169.254"]
    ] as const) {
      const told = yield* asked((arrival) => arrival.response.writeHead(307, { location }).end())
      const message = `backend "example" answered with HTTP status 307 (Temporary Redirect) to ${where}; redirects are not followed: correct url in its [[backends]] section`
      assert.deepStrictEqual(told.frames, [{ jsonrpc: "2.0", id: "sg:1", error: { code: -31011, message } }])
    }
  }).pipe(Effect.scoped, Effect.provide(httpLayer()))
)

it.live("a connection that breaks before or in the middle of the answer had taken the call", () =>
  Effect.gen(function* () {
    const before = yield* asked((arrival) => arrival.response.socket?.destroy())
    assert.deepStrictEqual(before.failures, [{ id: "sg:1", reason: "closed the connection", sent: true }])
    const within = yield* asked((arrival) => {
      arrival.response.writeHead(200, { "content-type": "application/json", "content-length": "100" })
      arrival.response.write('{"jsonrpc":"2.0",', () => arrival.response.socket?.destroy())
    })
    assert.deepStrictEqual(within, before)
  }).pipe(Effect.scoped, Effect.provide(httpLayer()))
)

it.live("a compressed answer, which nobody asked for, and one of another type are none", () =>
  Effect.gen(function* () {
    const html = yield* asked((arrival) => arrival.response.writeHead(200, { "content-type": "text/html" }).end("<p>"))
    const gzip = yield* asked((arrival) => arrival.result({}, { "content-encoding": "gzip" }))
    const reason = "answered with HTTP status 200 (OK), but with neither JSON nor an event stream"
    assert.deepStrictEqual(html.failures, [{ id: "sg:1", reason, sent: true }])
    assert.deepStrictEqual(gzip.failures, html.failures)
  }).pipe(Effect.scoped, Effect.provide(httpLayer()))
)

it.live("calls to a server that is not there were not sent, and the line ends with them", () =>
  Effect.gen(function* () {
    const { port, server, url } = yield* httpServer(() => undefined)
    yield* stopServer(server)
    const { modern, witness } = yield* connectHttp(httpSpec(url))
    for (const id of ["sg:1", "sg:2", "sg:3"]) modern(id, "tools/list")
    yield* witness.until(() => witness.exits.length > 0)
    const reason = `could not be reached at 127.0.0.1:${port} (ECONNREFUSED): nothing listens there; start the server, or correct url`
    assert.deepStrictEqual(witness.exits, [{ reason, unsent: ["sg:1", "sg:2", "sg:3"] }])
    modern("sg:4", "tools/list")
    assert.deepStrictEqual(witness.told, ["exit"])
  }).pipe(Effect.scoped, Effect.provide(httpLayer()))
)

it.live("a server that takes no new connections still ends the calls that it has", () =>
  Effect.gen(function* () {
    let slow: Arrival | undefined
    const { server, url } = yield* httpServer((arrival) => (slow = arrival))
    const { modern, witness } = yield* connectHttp(httpSpec(url))
    modern("sg:1", "tools/call", { name: "slow" })
    yield* eventually(() => slow !== undefined)
    server.close()
    modern("sg:2", "tools/list")
    yield* witness.until(() => witness.failures.length > 0)
    assert.deepStrictEqual(
      witness.failures.map(({ id, sent }) => [id, sent]),
      [["sg:2", false]]
    )
    assert.deepStrictEqual(witness.exits, [])
    slow?.result({ done: true })
    yield* witness.until(() => witness.replyTo("sg:1") !== undefined)
  }).pipe(Effect.scoped, Effect.provide(httpLayer()))
)

it.live("a port that speaks something else is no server", () =>
  Effect.gen(function* () {
    const server = net.createServer((socket) => void socket.on("error", () => undefined).end("SSH-2.0-x\r\n"))
    yield* Effect.acquireRelease(
      Effect.callback<void>((resume) => void server.listen(0, "127.0.0.1", () => resume(Effect.void))),
      () => Effect.sync(() => server.close())
    )
    const address = server.address()
    const port = typeof address === "object" ? address?.port : 0
    const { modern, witness } = yield* connectHttp(httpSpec(`http://127.0.0.1:${port}/mcp`))
    modern("sg:1", "tools/list")
    yield* witness.until(() => witness.failures.length > 0)
    assert.isTrue(witness.failures[0]?.sent)
    assert.notInclude(witness.failures[0]?.reason ?? "", "SSH")
  }).pipe(Effect.scoped, Effect.provide(httpLayer()))
)

/** Credentials that answer a challenge so, and tell what they were asked. */
const credentials = (refused: () => ReturnType<Credentials["refused"]>) => {
  const challenges: Array<Challenge> = []
  let token = "old"
  const given: Credentials = {
    headers: () => ({ authorization: `Bearer ${token}` }),
    refused: (challenge) => {
      challenges.push(challenge)
      token = "new"
      return refused()
    }
  }
  return { challenges, layer: httpLayer({ credentialsFor: () => given }) }
}

const wantsNew = (arrival: Arrival): void =>
  arrival.headers.authorization === "Bearer new"
    ? arrival.result({})
    : void arrival.response.writeHead(401, { "www-authenticate": 'Bearer realm="x"' }).end()

it.live("a request whose credentials were refused goes out once more with new ones", () => {
  const { challenges, layer } = credentials(() => Effect.succeed(true))
  return Effect.gen(function* () {
    const { arrivals, url } = yield* httpServer(wantsNew)
    const { modern, witness } = yield* connectHttp(httpSpec(url))
    modern("sg:1", "tools/list")
    yield* witness.until(() => witness.replyTo("sg:1") !== undefined)
    assert.deepStrictEqual(challenges, [{ status: 401, header: 'Bearer realm="x"' }])
    assert.strictEqual(arrivals.length, 2)
  }).pipe(Effect.scoped, Effect.provide(layer))
})

it.live("a request whose new credentials are refused as well was not sent", () => {
  const { challenges, layer } = credentials(() => Effect.succeed(true))
  return Effect.gen(function* () {
    const { url } = yield* httpServer((arrival) => void arrival.response.writeHead(401).end())
    const { modern, witness } = yield* connectHttp(httpSpec(url))
    modern("sg:1", "tools/list")
    yield* witness.until(() => witness.failures.length > 0)
    const reason = "refused the gateway's credentials (HTTP status 401)"
    assert.deepStrictEqual(witness.failures, [{ id: "sg:1", reason, sent: false, authentication: true }])
    assert.strictEqual(challenges.length, 1)
  }).pipe(Effect.scoped, Effect.provide(layer))
})

it.live("without new credentials the reason says what to do", () =>
  Effect.gen(function* () {
    const login = "run: sentinel login example"
    const failing = credentials(() => Effect.fail(new CredentialsError({ reason: login })))
    const none = { layer: httpLayer() }
    for (const [{ layer }, pattern] of [
      [failing, /^run: sentinel login example$/],
      [none, /HTTP status 401\): correct bearer_env or headers_env .* section "example", or configure oauth/]
    ] as const) {
      const told = yield* asked((arrival) => void arrival.response.writeHead(401).end(), { "x-key": "s3cret" }).pipe(
        Effect.provide(layer)
      )
      assert.isTrue(told.failures[0]?.authentication)
      assert.isFalse(told.failures[0]?.sent)
      assert.match(told.failures[0]?.reason ?? "", pattern)
    }
  }).pipe(Effect.scoped)
)

it.live("a token that lacks a scope is asked for once more, and no more often than that", () => {
  const { challenges, layer } = credentials(() => Effect.succeed(true))
  const header = 'Bearer error="insufficient_scope", scope="write"'
  return Effect.gen(function* () {
    const { arrivals, url } = yield* httpServer((arrival) => {
      const [status, challenge] = arrivals.length === 1 ? [401, 'Bearer realm="x"'] : [403, header]
      arrival.response.writeHead(status, { "www-authenticate": challenge }).end()
    })
    const { modern, witness } = yield* connectHttp(httpSpec(url))
    modern("sg:1", "tools/list")
    yield* witness.until(() => witness.failures.length > 0)
    assert.deepStrictEqual(
      challenges.map(({ status }) => status),
      [401, 403]
    )
    assert.strictEqual(arrivals.length, 3)
  }).pipe(Effect.scoped, Effect.provide(layer))
})

it.live("a 403 asks for credentials only when it says so", () => {
  const { challenges, layer } = credentials(() => Effect.succeed(true))
  return Effect.gen(function* () {
    const plain = yield* asked((arrival) => void arrival.response.writeHead(403).end())
    assert.include(JSON.stringify(plain.frames), "HTTP status 403 (Forbidden)")
    assert.deepStrictEqual(challenges, [])
    const header = 'Bearer error="insufficient_scope"'
    yield* asked((arrival) => void arrival.response.writeHead(403, { "www-authenticate": header }).end())
    assert.deepStrictEqual(challenges, [{ status: 403, header }])
  }).pipe(Effect.scoped, Effect.provide(layer))
})

it.live("a header of our own that can't be sent fails the request alone: nobody was looked for", () =>
  Effect.gen(function* () {
    const reason =
      "was not sent the request: a header of it is not valid; correct the variable that a configured one comes from"
    const told = yield* asked((arrival) => arrival.result({}), { "x-key": "a\u0001b" })
    assert.deepStrictEqual(told, { frames: [], failures: [{ id: "sg:1", reason, sent: false }], exits: [] })
    const { url } = yield* httpServer(() => undefined)
    const { initialize, witness } = yield* connectHttp(
      httpSpec(url, { transport: "sse", headers: { "x-key": "a\u0001b" } })
    )
    initialize("sg:1")
    yield* witness.until(() => witness.told.length > 0)
    assert.deepStrictEqual([witness.failures, witness.exits], [[{ id: "sg:1", reason, sent: false }], []])
  }).pipe(Effect.scoped, Effect.provide(httpLayer()))
)

it.live("a JSON body that ends early, or is none, fails the request alone", () =>
  Effect.gen(function* () {
    const whole = JSON.stringify({ jsonrpc: "2.0", id: "sg:1", result: { text: "x".repeat(50), more: { a: 1 } } })
    const head = "HTTP/1.0 200 OK\r\ncontent-type: application/json\r\n\r\n"
    for (const body of [
      whole.slice(0, -30),
      whole.slice(0, -1),
      whole.replace("x", "\u0001"),
      whole.replace('{"text"', '5,"text"'),
      '{"jsonrpc":"2.0","id":"sg:1","result":5}',
      '{"method":"ping"'
    ]) {
      const told = yield* asked((arrival) => void arrival.response.socket?.end(`${head}${body}`))
      const reason = "sent something that is not the reply to the request"
      assert.deepStrictEqual(told, { frames: [], failures: [{ id: "sg:1", reason, sent: true }], exits: [] }, body)
    }
  }).pipe(Effect.scoped, Effect.provide(httpLayer()))
)
