import { assert, describe, it } from "@effect/vitest"
import { chmodSync, existsSync, lstatSync, readdirSync, writeFileSync } from "node:fs"
import { attachProtocol, helloLine } from "../../src/edge/AttachHello.ts"
import { attachedClients } from "../../src/edge/SocketEdge.ts"
import { type StdioClient } from "../fixtures/client.ts"
import { legacyBackend } from "../fixtures/gateway.ts"
import { AttachPlace, backendPid, FakeServer, firstLine } from "./attachFixture.ts"

const backends = [legacyBackend("one")]

/** Resolves when it listens; never if it ends before. */
const attachable = (server: StdioClient): Promise<"attachable"> =>
  server
    .until(() => server.stderr.includes("attaches at"), "a gateway that serves")
    .then(
      () => "attachable",
      () => new Promise(() => undefined)
    )

describe("sentinel stdio goes on by itself", () => {
  it("when the gateway that serves runs on another configuration, and says so", async () => {
    await using place = new AttachPlace(backends)
    const server = await place.serve()
    const shared = await place.open()
    const other = await place.open({}, place.place.file("other.toml", place.text))
    assert.match(other.stderr, new RegExp(`not attached.*process ${server.pid}.*it runs on .*sentinel.toml, not on`))
    assert.notStrictEqual(await backendPid(other), await backendPid(shared))
  })

  it("when that gateway speaks another attach protocol", async () => {
    await using place = new AttachPlace(backends)
    await using _server = await FakeServer.at(place, { protocol: 99 })
    const client = await place.open()
    assert.match(client.stderr, /version 99 of the attach protocol/)
    await backendPid(client)
  })

  it("when it is not greeted", async () => {
    await using place = new AttachPlace(backends)
    await using _server = await FakeServer.at(place, { silent: true })
    const client = await place.open()
    assert.match(client.stderr, /it says nothing within 1000 ms/)
    await backendPid(client)
  })

  it.each([
    ["socket", "600"],
    ["directory", "700"]
  ] as const)("when the %s is open to other users", async (what, allowed) => {
    await using place = new AttachPlace(backends)
    await place.serve()
    chmodSync(what === "socket" ? place.socket : place.place.stateDir, 0o755)
    const client = await place.open()
    assert.match(client.stderr, new RegExp(`is open to other users \\(mode 755\\): run chmod ${allowed}`))
    assert.notMatch(client.stderr, /attached to/)
    await backendPid(client)
  })

  it("INV-32 when the gateway has as many clients as it takes", async () => {
    await using place = new AttachPlace(backends)
    await place.serve()
    const own = helloLine({ protocol: attachProtocol, version: "", config: place.config, pid: 1 })
    const sockets = await Promise.all(
      Array.from({ length: attachedClients }, async () => {
        const { line, socket } = await firstLine(place.socket)
        socket.write(`${own}\n`)
        assert.notInclude(line, "refused")
        return socket
      })
    )
    const client = await place.open()
    assert.match(client.stderr, /it has 64 clients already/)
    await backendPid(client)
    const [first] = sockets
    first?.destroy()
    await place.untilRoom()
    for (const socket of sockets) socket.destroy()
  })
})

describe("a gateway that serves", () => {
  it("makes its socket for this user alone, and removes it at its end", async () => {
    await using place = new AttachPlace(backends)
    const server = await place.serve()
    assert.strictEqual(lstatSync(place.socket).mode & 0o777, 0o600)
    server.signal("SIGTERM")
    await server.exited
    assert.isFalse(existsSync(place.socket))
  })

  it("takes the place of one that was killed", async () => {
    await using place = new AttachPlace(backends)
    const killed = await place.serve()
    killed.signal("SIGKILL")
    await killed.exited
    assert.isTrue(existsSync(place.socket))
    const alone = await place.open()
    assert.notMatch(alone.stderr, /attached|can't be reached/)
    const server = await place.serve()
    const client = await place.open()
    assert.match(client.stderr, new RegExp(`attached to .* process ${server.pid}`))
    assert.deepStrictEqual(
      readdirSync(place.place.stateDir).filter((name) => name.startsWith(".")),
      []
    )
  })

  it("is one only, when two start at once where one was killed", async () => {
    await using place = new AttachPlace(backends)
    const killed = await place.serve()
    killed.signal("SIGKILL")
    await killed.exited
    const args = ["serve", "--listen", "127.0.0.1:0", "--json", "--config", place.config]
    const both = [place.start(args), place.start(args)]
    const decided = both.map((each) => Promise.race([each.exited, attachable(each)]))
    const ends = await Promise.all(decided)
    const winner = both[ends.indexOf("attachable")]
    assert.lengthOf(
      ends.filter((end) => end === "attachable"),
      1
    )
    const client = await place.open()
    assert.include(client.stderr, `process ${winner?.pid}`)
  })

  it("does not start beside another, and names its process", async () => {
    await using place = new AttachPlace(backends)
    const server = await place.serve()
    const second = place.start(["serve", "--listen", "127.0.0.1:0", "--config", place.config])
    assert.deepInclude(await second.exited, { code: 69 })
    assert.match(second.stderr, new RegExp(`serves this state directory already: process ${server.pid} listens at`))
    await place.open()
  })

  it("does not start beside one that is alive and says nothing, and leaves its socket alone", async () => {
    await using place = new AttachPlace(backends)
    await using _server = await FakeServer.at(place, { silent: true })
    const second = place.start(["serve", "--listen", "127.0.0.1:0", "--config", place.config])
    assert.deepInclude(await second.exited, { code: 69 })
    assert.match(second.stderr, /a process that can't be asked \(it says nothing within 1000 ms\)/)
    assert.isTrue(existsSync(place.socket))
  })

  it("leaves alone what is no socket, and goes on without", async () => {
    await using place = new AttachPlace(backends)
    writeFileSync(place.socket, "mine")
    const server = await place.serve()
    assert.match(server.stderr, /something else than a socket is there/)
    assert.isTrue(lstatSync(place.socket).isFile())
  })

  it("goes on without where the directory is open to others, or the path is too long for a socket", async () => {
    await using open = new AttachPlace(backends)
    chmodSync(open.place.stateDir, 0o750)
    assert.match((await open.serve()).stderr, /none can attach here: .* is open to other users \(mode 750\)/)
    await using long = new AttachPlace(backends, `state_dir = "${"d".repeat(100)}"`)
    assert.match((await long.serve()).stderr, /none can attach here: .* bytes, a socket's may have/)
  })
})
