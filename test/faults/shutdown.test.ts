import { assert, describe, it } from "@effect/vitest"
import { existsSync, readdirSync } from "node:fs"
import { join } from "node:path"
import { type StdioClient } from "../fixtures/client.ts"
import { textOf } from "../fixtures/envelope.ts"
import { legacyBackend, modernBackend } from "../fixtures/gateway.ts"
import { callTool } from "../fixtures/legacyClient.ts"
import { isAlive } from "../fixtures/processes.ts"
import { atOnceMillis, openGateway, pidOf, timed } from "./opened.ts"

const stubborn = ["--ignore-sigterm", "--ignore-stdin-close"]

const withFamily = async (client: StdioClient, backend: string): Promise<ReadonlyArray<number>> => [
  await pidOf(client, backend),
  Number(textOf(await callTool(client, `${backend}__spawn-child`, { detached: false }))),
  Number(textOf(await callTool(client, `${backend}__spawn-child`, { detached: true })))
]

describe("the end of a gateway", () => {
  it("comes after the running calls when the client closes its end: they are answered, then it exits with 0", async () => {
    await using gateway = await openGateway({ backends: [legacyBackend("one"), modernBackend("two")] }, [
      "one__slow",
      "two__slow"
    ])
    const { client } = gateway
    const running = ["one", "two"].map((name) => callTool(client, `${name}__slow`, { ms: 500 }))
    await pidOf(client, "one")
    const closing = client.close()
    assert.deepStrictEqual((await Promise.all(running)).map(textOf), ["done", "done"])
    assert.deepStrictEqual(await closing, { code: 0, signal: null })
    assert.isEmpty(gateway.processes())
  })

  it("leaves nothing of its state behind that would be taken for a running gateway", async () => {
    await using gateway = await openGateway({ backends: [legacyBackend("one")] }, ["one__pid"])
    await gateway.client.close()
    for (const directory of ["instances", "status"]) {
      const path = join(gateway.stateDir, directory)
      assert.isEmpty(existsSync(path) ? readdirSync(path) : [])
    }
  })

  for (const signal of ["SIGTERM", "SIGINT"] as const) {
    it(`INV-18 takes backends along that ignore SIGTERM, and what they have started, also detached (${signal})`, async () => {
      const backends = [legacyBackend("one", stubborn), modernBackend("two", stubborn)]
      await using gateway = await openGateway({ backends }, ["one__pid", "two__pid"])
      const { client } = gateway
      const families = [...(await withFamily(client, "one")), ...(await withFamily(client, "two"))]
      assert.isTrue(families.every(isAlive))
      client.send({ jsonrpc: "2.0", id: "left", method: "tools/call", params: { name: "one__hang", arguments: {} } })
      client.signal(signal)
      const { millis } = await timed(client.exited)
      assert.isBelow(millis, atOnceMillis)
      assert.deepStrictEqual(families.filter(isAlive), [])
      assert.isEmpty(gateway.processes())
    })
  }

  it("that is a kill -9 leaves orphans, which the next start ends, without touching a living gateway's", async () => {
    const backends = [legacyBackend("one", stubborn)]
    await using killed = await openGateway({ backends }, ["one__pid"])
    await using living = await openGateway({ backends, directory: killed.directory }, ["one__pid"])
    const orphans = await withFamily(killed.client, "one")
    const others = await withFamily(living.client, "one")
    killed.client.signal("SIGKILL")
    await killed.client.exited
    assert.isTrue(orphans.every(isAlive))
    await using next = await openGateway({ backends, directory: killed.directory }, ["one__pid"])
    await next.client.until(
      () => orphans.every((pid) => next.client.stderr.includes(`ended process ${pid}`)),
      "the sweep"
    )
    assert.deepStrictEqual(orphans.filter(isAlive), [])
    assert.isTrue(others.every(isAlive))
    assert.strictEqual(await pidOf(living.client, "one"), others[0])
  })
})
