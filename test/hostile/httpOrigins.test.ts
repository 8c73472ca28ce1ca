import { afterAll, assert, beforeAll, describe, it } from "@effect/vitest"
import { legacyBackend } from "../fixtures/gateway.ts"
import { callsSeen, serveGateway, type ServingGateway, stillServes } from "./httpServed.ts"
import { exchange, modernHeaders, modernText, withHeaders, type Header } from "./rawHttp.ts"

/** `PORT` stands for the gateway's. */
const goodHosts = [
  "127.0.0.1:PORT",
  "127.0.0.1",
  "localhost:PORT",
  "LocalHost:PORT",
  "[::1]:PORT",
  "[0:0:0:0:0:0:0:1]:PORT",
  "gateway.example:8443"
]

const badHosts = [
  "evil.example",
  "evil.example:PORT",
  "localhost.evil.example",
  "127.0.0.1.evil.example:PORT",
  "evil.example@127.0.0.1:PORT",
  "127.0.0.1:PORT@evil.example",
  "127.0.0.1:PORT, evil.example",
  "127.0.0.1:PORT/evil",
  "127.0.0.1:99999",
  "2130706433",
  "0x7f000001",
  "0.0.0.0:PORT",
  "[::]:PORT",
  "[::1%25lo]:PORT",
  "[::ffff:7f00:1]:PORT",
  "::1",
  "gateway.example",
  "gateway.example:PORT",
  "null"
]

const goodOrigins = ["http://127.0.0.1:PORT", "HTTP://127.0.0.1:PORT", "https://app.example"]

const badOrigins = [
  "https://evil.example",
  "http://evil.example:PORT",
  "null",
  "",
  "http://127.0.0.1:PORT.evil.example",
  "http://127.0.0.1:1",
  "http://127.0.0.1",
  "http://127.0.0.1:PORT/",
  "http://127.0.0.1:PORT@evil.example",
  "https://app.example:8443",
  "http://app.example",
  "https://app.example.evil.example",
  "https://evil.example, http://127.0.0.1:PORT",
  "file://",
  "chrome-extension://127.0.0.1:PORT"
]

const badTypes = [
  "text/plain",
  "text/plain; application/json",
  "application/x-www-form-urlencoded",
  "multipart/form-data; boundary=x",
  "application/jsonp",
  "application/json-patch+json",
  "text/json",
  "application/json; charset=utf-16",
  "application/json, text/plain",
  "",
  undefined
]

describe("a request over HTTP from a stranger", () => {
  let gateway: ServingGateway
  beforeAll(async () => {
    const extra = '[gateway]\nallowed_hosts = ["gateway.example:8443"]\nallowed_origins = ["https://app.example"]'
    gateway = await serveGateway({ extra, backends: [legacyBackend("one")] }, ["one__echo"])
  })
  afterAll(() => gateway.stop())

  const filled = (text: string) => text.replaceAll("PORT", String(gateway.port))
  const body = modernText("tools/call", { name: "one__echo", arguments: { text: "hello" } })
  const right = () => modernHeaders(gateway.port, "tools/call", "one__echo")
  const send = async (headers: ReadonlyArray<Header>) => (await exchange(gateway.port, { headers, body })).status
  const withHost = (host: string) => send([["Host", filled(host)], ...right().filter(([name]) => name !== "Host")])
  const withOrigin = (origin: string) => send([...right(), ["Origin", filled(origin)]])
  const unheard = async (status: Promise<number>, expected: number) => {
    const before = await callsSeen(gateway.port, "echo")
    assert.strictEqual(await status, expected)
    assert.strictEqual(await callsSeen(gateway.port, "echo"), before)
  }

  it.each(goodHosts)("is none under the host %s", async (host) => {
    assert.strictEqual(await withHost(host), 200)
  })

  it.each(badHosts)("gets 403 under the host %s, and no backend hears of it", async (host) => {
    await unheard(withHost(host), 403)
  })

  it.each(goodOrigins)("is none from the page %s", async (origin) => {
    assert.strictEqual(await withOrigin(origin), 200)
  })

  it.each(badOrigins)("gets 403 from the page %o, and no backend hears of it", async (origin) => {
    await unheard(withOrigin(origin), 403)
  })

  it("gets 403 for a foreign page at the right host, and for the right page at a foreign host", async () => {
    await unheard(withOrigin("https://evil.example"), 403)
    await unheard(
      send([["Host", "evil.example"], ...right().slice(1), ["Origin", filled("http://127.0.0.1:PORT")]]),
      403
    )
    await unheard(send([["Host", "evil.example"], ...right().slice(1), ["Origin", "http://evil.example"]]), 403)
  })

  it("gets no further by saying it twice, or not at all", async () => {
    const own = filled("127.0.0.1:PORT")
    for (const hosts of [
      [own, "evil.example"],
      ["evil.example", own],
      [own, own]
    ]) {
      const headers = [...hosts.map((host) => ["Host", host] as const), ...right().slice(1)]
      assert.include([400, 403], await send(headers))
    }
    assert.strictEqual(await send(right().slice(1)), 400)
    assert.strictEqual(await withHost(""), 403)
    const own2 = `http://${own}`
    for (const origins of [
      [own2, "https://evil.example"],
      ["https://evil.example", own2]
    ]) {
      await unheard(send([...right(), ...origins.map((origin) => ["Origin", origin] as const)]), 403)
    }
  })

  it("gets 403 on every path and for every method, before anything else is looked at", async () => {
    for (const method of ["GET", "DELETE", "OPTIONS", "PUT", "POST"]) {
      for (const path of ["/mcp", "/servers/one/mcp", "/servers/none/mcp", "/", "/status"]) {
        const headers = withHeaders(right(), { Origin: "https://evil.example", "Content-Type": "text/plain" })
        const { headers: sent, status } = await exchange(gateway.port, { method, path, headers })
        assert.strictEqual(status, 403, `${method} ${path}`)
        assert.isUndefined(sent.get("access-control-allow-origin"))
      }
    }
  })

  it("is named no page but its own in an answer, never all of them", async () => {
    const headers = [...right(), ["Origin", "https://app.example"] as const]
    const allowed = (await exchange(gateway.port, { headers, body })).headers.get("access-control-allow-origin")
    assert.include([undefined, "https://app.example"], allowed)
  })

  it.each(badTypes)(
    "gets 415 with the content type %o, as pages can send it, and no backend hears of it",
    async (type) => {
      await unheard(send(withHeaders(right(), { "Content-Type": type })), 415)
    }
  )

  it("gets 415 with two content types", async () => {
    await unheard(send([...right(), ["Content-Type", "text/plain"]]), 415)
    await unheard(send([["Content-Type", "text/plain"], ...right()]), 415)
  })

  it("is none with JSON in UTF-8, however it is written", async () => {
    for (const type of ["Application/JSON", "application/json; charset=UTF-8", 'application/json;charset="utf-8"']) {
      assert.strictEqual(await send(withHeaders(right(), { "Content-Type": type })), 200)
    }
    await stillServes(gateway.port)
  })
})
