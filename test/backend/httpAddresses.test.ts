import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { AddressGuard, AddressRefused } from "../../src/backend/AddressGuard.ts"
import type { ResolveAll } from "../../src/backend/AddressGuard.ts"
import { guardedConnect } from "../../src/backend/HttpWire.ts"
import { holds, parseAddress, parseBlock, specialUse } from "../../src/domain/IpAddress.ts"
import { connectHttp, httpLayer, httpServer, httpSpec } from "./httpServer.ts"

const uses: Readonly<Record<string, ReadonlyArray<string>>> = {
  loopback: ["127.0.0.1", "127.255.255.254", "::1", "::ffff:127.0.0.1", "64:ff9b::7f00:1"],
  private: ["10.0.0.1", "172.16.0.1", "172.31.255.255", "192.168.1.1", "::ffff:10.1.2.3", "64:ff9b::192.168.0.1"],
  "link-local": ["169.254.169.254", "fe80::1", "fe80::1%eth0", "::ffff:a9fe:a9fe", "64:ff9b::a9fe:a9fe"],
  "shared (carrier-grade NAT)": ["100.64.0.1", "100.127.255.255"],
  unspecified: ["0.0.0.0", "0.1.2.3", "::"],
  broadcast: ["255.255.255.255"],
  multicast: ["224.0.0.1", "239.255.255.255", "ff02::1"],
  "unique-local": ["fc00::1", "fd12:3456::1"],
  "6to4": ["2002:7f00:1::", "2002:a9fe:a9fe::1", "192.88.99.1"],
  Teredo: ["2001:0:4136:e378:8000:63bf:3fff:fdd2"],
  "local NAT64": ["64:ff9b:1::7f00:1"],
  reserved: ["192.0.0.1", "198.18.0.1", "240.0.0.1", "::127.0.0.1", "::a9fe:a9fe", "100::1", "4000::1", "2001:2::1"],
  documentation: ["192.0.2.1", "198.51.100.1", "203.0.113.1", "2001:db8::1", "3fff::1"]
}

const open = [
  "8.8.8.8",
  "1.1.1.1",
  "172.32.0.1",
  "100.128.0.1",
  "2606:4700::1111",
  "::ffff:8.8.8.8",
  "64:ff9b::808:808"
]

describe("Addresses", () => {
  it("are named by what they are not for", () => {
    for (const [use, addresses] of Object.entries(uses)) {
      for (const address of addresses) assert.strictEqual(specialUse(parseAddress(address) ?? -1n), use, address)
    }
    for (const address of open) assert.isUndefined(specialUse(parseAddress(address) ?? -1n), address)
  })

  it("are read in every form, and texts that are none are not", () => {
    assert.strictEqual(parseAddress("1:2:3:4:5:6:7:8"), 0x0001_0002_0003_0004_0005_0006_0007_0008n)
    assert.strictEqual(parseAddress("1::8"), (1n << 112n) | 8n)
    assert.strictEqual(parseAddress("::ffff:1.2.3.4"), parseAddress("1.2.3.4"))
    for (const text of ["", "localhost", "1.2.3", "256.1.1.1", "1.2.3.4.5", "::g", "1:2"]) {
      assert.isUndefined(parseAddress(text), text)
    }
  })

  it("lie in blocks by their first bits", () => {
    for (const [block, inside, outside] of [
      ["10.0.0.0/8", "10.255.0.1", "11.0.0.0"],
      ["192.168.1.7", "192.168.1.7", "192.168.1.8"],
      ["0.0.0.0/0", "255.255.255.255", "1::"],
      ["fd00::/8", "fd00::ffff", "fc00::1"],
      ["10.0.0.0/8", "::ffff:10.0.0.1", "::a00:1"]
    ] as const) {
      const parsed = parseBlock(block) ?? { base: 0n, bits: -1 }
      assert.isTrue(holds(parsed, parseAddress(inside) ?? -1n), `${inside} in ${block}`)
      assert.isFalse(holds(parsed, parseAddress(outside) ?? -1n), `${outside} not in ${block}`)
    }
    for (const text of ["10.0.0.0/33", "::/129", "10.0.0.0/x", "10.0.0.0/-1", "10.0.0.0/", "10.0.0.0/8/8", "x/8"])
      assert.isUndefined(parseBlock(text))
  })
})

const guard = (url: string, ...allowed: ReadonlyArray<string>) => new AddressGuard("example", new URL(url), allowed)

describe("The guard of a backend's addresses", () => {
  it("sees through every way to write an address in a URL", () => {
    const hosts = [
      "169.254.169.254",
      "2852039166",
      "0xa9fea9fe",
      "0251.0376.0251.0376",
      "169.254.43518",
      "[::ffff:169.254.169.254]"
    ]
    for (const host of hosts) {
      const problem = guard(`http://${host}/mcp`).literalProblem() ?? ""
      assert.match(
        problem,
        /link-local address .* add ".*" to allow_addresses of the \[\[backends\]\] section "example"/,
        host
      )
    }
    assert.isUndefined(guard("http://8.8.8.8/").literalProblem())
  })

  it("lets a host that is written as this machine be this machine, and no other name", () => {
    for (const url of [
      "http://localhost:1/",
      "http://127.0.0.1/",
      "http://127.9.9.9/",
      "http://[::1]/",
      "http://2130706433/"
    ]) {
      assert.isUndefined(guard(url).problem("127.0.0.1"), url)
      assert.isUndefined(guard(url).problem("::1"), url)
      assert.isDefined(guard(url).problem("10.0.0.1"), url)
      assert.isDefined(guard(url).problem("0.0.0.0"), url)
    }
    for (const url of ["http://localhost.evil.example/", "http://rebound.example/", "http://[::ffff:8.8.8.8]/"]) {
      assert.isDefined(guard(url).problem("127.0.0.1"), url)
    }
  })

  it("lets configured addresses through, and their mapped forms", () => {
    const allowing = guard("http://inner.example/", "10.1.0.0/16", "fd00::7")
    for (const address of ["10.1.2.3", "::ffff:10.1.2.3", "fd00::7"]) assert.isUndefined(allowing.problem(address))
    for (const address of ["10.2.0.1", "fd00::8", "127.0.0.1"]) assert.isDefined(allowing.problem(address))
  })
})

const resolvesTo =
  (...addresses: ReadonlyArray<string>): ResolveAll =>
  (_host, done) =>
    done(
      null,
      addresses.map((address) => ({ address, family: address.includes(":") ? 6 : 4 }))
    )

it.live("a name that leads to an inner address is not connected to", () =>
  Effect.gen(function* () {
    const { arrivals, port, server } = yield* httpServer((arrival) => arrival.result({}))
    let connections = 0
    server.on("connection", () => connections++)
    for (const addresses of [["127.0.0.1"], ["8.8.8.8", "127.0.0.1"], ["::ffff:127.0.0.1"]]) {
      const layer = httpLayer({ resolve: resolvesTo(...addresses) })
      const line = connectHttp(httpSpec(`http://rebound.example:${port}/mcp`)).pipe(Effect.provide(layer))
      const { modern, witness } = yield* line
      modern("sg:1", "tools/list")
      yield* witness.until(() => witness.exits.length > 0)
      assert.match(
        witness.exits[0]?.reason ?? "",
        /^may not be connected to: its host is at .*127\.0\.0\.1 \(loopback\), which is not public; if that is meant, add ".*127\.0\.0\.1" to allow_addresses/
      )
      assert.deepStrictEqual(witness.exits[0]?.unsent, ["sg:1"])
    }
    assert.deepStrictEqual([arrivals.length, connections], [0, 0])
  }).pipe(Effect.scoped)
)

it.live("a name is looked up for each connection, and what was checked is what is connected to", () => {
  let asked = 0
  const resolve: ResolveAll = (host, done) => resolvesTo(++asked === 1 ? "127.0.0.1" : "169.254.169.254")(host, done)
  return Effect.gen(function* () {
    const { arrivals, port } = yield* httpServer((arrival) => arrival.result({}, { connection: "close" }))
    const { modern, witness } = yield* connectHttp(
      httpSpec(`http://inner.example:${port}/mcp`, { allowedAddresses: ["127.0.0.0/8"] })
    )
    modern("sg:1", "tools/list")
    yield* witness.until(() => witness.replyTo("sg:1") !== undefined)
    modern("sg:2", "tools/list")
    yield* witness.until(() => witness.exits.length > 0)
    assert.match(witness.exits[0]?.reason ?? "", /169\.254\.169\.254 \(link-local\)/)
    assert.deepStrictEqual([arrivals.length, asked], [1, 2])
    assert.strictEqual(arrivals[0]?.headers.host, `inner.example:${port}`)
  }).pipe(Effect.scoped, Effect.provide(httpLayer({ resolve })))
})

it.live("an inner address in the URL itself is refused before anything is tried", () =>
  Effect.gen(function* () {
    const error = yield* Effect.flip(connectHttp(httpSpec("http://0xa9fea9fe/latest?token=s3cret")))
    assert.strictEqual(
      error.message,
      'backend "example": its URL names the link-local address 169.254.169.254, which is not public; if that is meant, add "169.254.169.254" to allow_addresses of the [[backends]] section "example"'
    )
  }).pipe(Effect.scoped, Effect.provide(httpLayer()))
)

it.live("nor is it connected to by whoever has only the URL", () =>
  Effect.gen(function* () {
    const connect = guardedConnect(guard("http://169.254.169.254/"), resolvesTo(), 1_000)
    const target = { protocol: "http:", hostname: "169.254.169.254", port: "80" }
    const error = yield* Effect.callback<Error | null>((resume) =>
      connect(target, (...answer) => resume(Effect.succeed(answer[0])))
    )
    assert.instanceOf(error, AddressRefused)
  })
)

it.live("a name that does not exist ends the line, and says so", () =>
  Effect.gen(function* () {
    const { modern, witness } = yield* connectHttp(httpSpec("http://nowhere.example/mcp"))
    modern("sg:1", "tools/list")
    yield* witness.until(() => witness.exits.length > 0)
    const reason = "could not be reached at nowhere.example (ENOTFOUND): there is no such host; correct url"
    assert.deepStrictEqual(witness.exits, [{ reason, unsent: ["sg:1"] }])
  }).pipe(
    Effect.scoped,
    Effect.provide(
      httpLayer({ resolve: (_host, done) => done(Object.assign(new Error("secret"), { code: "ENOTFOUND" }), []) })
    )
  )
)
