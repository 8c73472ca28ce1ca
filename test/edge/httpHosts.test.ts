import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { HostCheck, isLoopback, knownHosts } from "../../src/edge/HostCheck.ts"
import { httpEdge } from "./httpEdge.ts"
import { send } from "./httpClient.ts"
import { RawConnection } from "./rawHttp.ts"

const promise = Effect.promise

const names = { host: "127.0.0.1", allowedHosts: ["mcp.example.org", "other.example.org:8443"], allowedOrigins: [] }

describe("Host and Origin of an HTTP request", () => {
  it.effect("are checked before anything else: a foreign one is refused with 403, whatever the rest says", () =>
    Effect.gen(function* () {
      const { client, url } = yield* httpEdge({ backends: [], http: { allowedOrigins: ["https://app.example.org"] } })
      const { host, port } = new URL(url)
      const discover = client().modern("server/discover")
      const statusWith = (headers: Record<string, string>, path = "") =>
        promise(
          async () => (await send(url + path, { ...discover, headers: { ...discover.headers, ...headers } })).status
        )
      assert.strictEqual(yield* statusWith({}), 200)
      assert.strictEqual(yield* statusWith({ Origin: `http://${host}` }), 200)
      assert.strictEqual(yield* statusWith({ Origin: "https://app.example.org" }), 200)
      assert.strictEqual(yield* statusWith({ Host: `localhost:${port}`, Origin: `http://localhost:${port}` }), 200)
      for (const foreign of [
        { Host: "evil.example.com" },
        { Host: `evil.example.com:${port}`, Origin: `http://${host}` },
        { Host: "127.0.0.1.evil.example.com" },
        { Host: "localhost@evil.example.com" },
        { Host: "0.0.0.0" },
        { Host: "[::2]" },
        { Origin: "http://evil.example.com" },
        { Origin: "null" },
        { Origin: "" },
        { Origin: `http://localhost:${port}` },
        { Origin: `http://${host}0` },
        { Origin: `http://${host}, http://evil.example.com` },
        { Origin: "https://app.example.org.evil.example.com" }
      ]) {
        assert.strictEqual(yield* statusWith(foreign), 403, JSON.stringify(foreign))
        assert.strictEqual(yield* statusWith(foreign, "/nowhere"), 403, JSON.stringify(foreign))
      }
    })
  )

  it.effect("are checked by a target that names the whole URL: its authority stands in for Host", () =>
    Effect.gen(function* () {
      const { client, url } = yield* httpEdge({ backends: [] })
      const { host } = new URL(url)
      const { body, headers } = client().modern("server/discover")
      const text = JSON.stringify(body)
      const lines = Object.entries({ ...headers, "Content-Type": "application/json", "Content-Length": text.length })
      const statusOf = (target: string, hostHeader: string, ...more: ReadonlyArray<string>) =>
        promise(async () => {
          const all = [`Host: ${hostHeader}`, ...lines.map(([name, value]) => `${name}: ${String(value)}`), ...more]
          const raw = new RawConnection(url).send(`POST ${target}`, all, text)
          const status = await raw.status()
          raw.leave()
          return status
        })
      assert.strictEqual(yield* statusOf(`http://${host}/mcp`, host), 200)
      assert.strictEqual(yield* statusOf(`HTTP://${host}/mcp?x=1`, host), 200)
      assert.strictEqual(yield* statusOf(`http://${host}/mcp`, "evil.example.com"), 200)
      assert.strictEqual(yield* statusOf(`http://${host}/mcp`, host, `Origin: http://${host}`), 200)
      assert.strictEqual(yield* statusOf(`http://${host}/nowhere`, host), 404)
      assert.strictEqual(yield* statusOf(`http://${host}`, host), 404)
      for (const foreign of [
        "evil.example.com",
        `ada@${host}`,
        `evil.example.com@${host}`,
        "",
        `${host}@evil.example.com`
      ]) {
        assert.strictEqual(yield* statusOf(`http://${foreign}/mcp`, host), 403, foreign)
      }
      assert.strictEqual(yield* statusOf(`ftp://${host}/mcp`, host), 404)
    })
  )

  it.effect("are refused when they come twice, even with the same value", () =>
    Effect.gen(function* () {
      const { url } = yield* httpEdge({ backends: [] })
      const { host } = new URL(url)
      for (const headers of [
        [`Host: ${host}`, `HOST: ${host}`],
        [`Host: ${host}`, `Host: evil.example.com`],
        [`Host: ${host}`, `Origin: http://${host}`, `Origin: http://${host}`]
      ]) {
        const raw = new RawConnection(url).send("GET /mcp", headers)
        assert.strictEqual(yield* promise(() => raw.status()), 403, headers.join())
        raw.leave()
      }
    })
  )

  it("are good on loopback names with any port, and as configured", () => {
    const check = new HostCheck(names)
    for (const host of [
      "localhost",
      "LocalHost:1",
      "127.0.0.1:65535",
      "[::1]:9200",
      "[0:0:0:0:0:0:0:1]",
      "mcp.example.org",
      "mcp.example.org:9200",
      "other.example.org:8443"
    ]) {
      assert.isTrue(check.serves(host), host)
    }
    for (const host of [
      "",
      "localhost.",
      "localhost:",
      "localhost:99999",
      "localhost:9200:1",
      "localhost/",
      "other.example.org",
      "other.example.org:1",
      "::1",
      "[::1",
      "[::ffff:7f00:1]",
      "[::1]x",
      "127.1",
      "2130706433",
      "a".repeat(300)
    ]) {
      assert.isFalse(check.serves(host), host)
    }
  })

  it("INV-32 are remembered within a bound", () => {
    const check = new HostCheck(names)
    for (let port = 1; port <= 3 * knownHosts; port++) assert.isTrue(check.serves(`localhost:${port}`))
  })

  it("of an address that stands for every address have to be configured", () => {
    assert.isFalse(new HostCheck({ ...names, host: "0.0.0.0" }).serves("0.0.0.0:9200"))
    assert.isFalse(new HostCheck({ ...names, host: "::" }).serves("[::]:9200"))
    assert.isTrue(new HostCheck({ ...names, host: "192.0.2.7" }).serves("192.0.2.7:9200"))
    assert.isTrue(new HostCheck({ ...names, host: "2001:db8::7" }).serves("[2001:DB8:0::7]:9200"))
  })

  it("tell what is loopback", () => {
    for (const host of ["localhost", "127.0.0.1", "127.255.0.9", "::1", "[::1]"]) assert.isTrue(isLoopback(host), host)
    for (const host of [
      "0.0.0.0",
      "::",
      "192.0.2.7",
      "127.evil.example.com",
      "localhost.example.com",
      "::ffff:7f00:1"
    ]) {
      assert.isFalse(isLoopback(host), host)
    }
  })
})

describe("a web page of an origin that the operator has named", () => {
  const http = { allowedOrigins: ["https://app.example.org"] }
  const origin = "https://app.example.org"

  it.effect("may ask what it may send, and read what it gets", () =>
    Effect.gen(function* () {
      const { client, url } = yield* httpEdge({ backends: [], http, authenticate: nobody })
      const asked = yield* promise(() =>
        send(url, {
          method: "OPTIONS",
          headers: {
            Origin: origin,
            "Access-Control-Request-Method": "POST",
            "Access-Control-Request-Headers": "content-type,mcp-method"
          }
        })
      )
      assert.strictEqual(asked.status, 204)
      assert.strictEqual(asked.headers["access-control-allow-origin"], origin)
      assert.strictEqual(asked.headers["access-control-allow-headers"], "content-type,mcp-method")
      const answer = yield* promise(() => client().ask("server/discover", {}, { headers: { Origin: origin } }))
      assert.strictEqual(answer.status, 401)
      assert.strictEqual(answer.headers["access-control-allow-origin"], origin)
      assert.include(answer.headers["access-control-expose-headers"] ?? "", "Mcp-Session-Id")
    })
  )

  it.effect("is the only one that is told so", () =>
    Effect.gen(function* () {
      const { client, url } = yield* httpEdge({ backends: [], http })
      const own = yield* promise(() =>
        client().ask("server/discover", {}, { headers: { Origin: new URL(url).origin } })
      )
      assert.strictEqual(own.status, 200)
      assert.isUndefined(own.headers["access-control-allow-origin"])
      const preflight = { Origin: "https://evil.example.com", "Access-Control-Request-Method": "POST" }
      const asked = yield* promise(() => send(url, { method: "OPTIONS", headers: preflight }))
      assert.strictEqual(asked.status, 403)
      assert.isUndefined(asked.headers["access-control-allow-origin"])
    })
  )
})

const nobody = () => Effect.die("nobody is known")
