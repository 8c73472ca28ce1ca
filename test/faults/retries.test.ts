import { assert, describe, it } from "@effect/vitest"
import { existsSync, readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { textOf } from "../fixtures/envelope.ts"
import { legacyBackend, startGateway } from "../fixtures/gateway.ts"
import { callTool, legacyOpen } from "../fixtures/legacyClient.ts"
import { callsSeen, listedTools, openGateway, pidOf, refusalOf } from "./opened.ts"

const keen = { restart_base_ms: 10, retries: 2 }

describe("retries", () => {
  it("never send a tool call twice whose first copy may have arrived (INV-3)", async () => {
    await using gateway = await openGateway({ backends: [legacyBackend("one", [], keen)] }, ["one__hang"])
    const { client } = gateway
    const hanging = callTool(client, "one__hang")
    process.kill(await pidOf(client, "one"), "SIGKILL")
    assert.strictEqual(refusalOf(await hanging).certainty, "unknown")
    assert.strictEqual(await callsSeen(client, "one", "hang"), 0)
  })

  it("INV-3 send a tool again that is marked as idempotent, as often as is allowed, and no more", async () => {
    const backends = [legacyBackend("one", [], { ...keen, idempotent_tools: ["hang"] })]
    await using gateway = await openGateway({ backends }, ["one__hang"])
    const { client } = gateway
    const hanging = callTool(client, "one__hang", {}, { id: "kept" })
    for (let sent = 0; sent <= keen.retries; sent++) {
      assert.strictEqual(await callsSeen(client, "one", "hang"), 1)
      assert.isEmpty(client.replies("kept"))
      // Two calls that succeed for one that fails: the circuit stays closed.
      await pidOf(client, "one")
      process.kill(await pidOf(client, "one"), "SIGKILL")
      await callTool(client, "one__echo", {}, { id: `noticed ${sent}` })
    }
    assert.strictEqual(refusalOf(await hanging).certainty, "unknown")
    assert.strictEqual(await callsSeen(client, "one", "hang"), 0)
    assert.strictEqual(client.replies("kept").length, 1)
  })

  it("know a tool by its public name as well", async () => {
    const backends = [legacyBackend("one", [], { ...keen, idempotent_tools: ["one__reordered"] })]
    await using gateway = await openGateway({ backends }, ["one__reordered"])
    const { client } = gateway
    const first = callTool(client, "one__reordered", { n: 2, label: "first" })
    process.kill(await pidOf(client, "one"), "SIGKILL")
    // The repeated first call waits at the new process for the second.
    const second = callTool(client, "one__reordered", { n: 2, label: "second" })
    assert.deepStrictEqual((await Promise.all([first, second])).map(textOf), ["first", "second"])
  })

  for (const retries of [0, 1]) {
    it(`grant ${retries} more tries to a call that waits for a backend to start`, async () => {
      const starts = { path: "" }
      await using known = await learned(starts)
      writeFileSync(starts.path, "")
      const backends = [failingFirst(starts.path, { restart_base_ms: 10, retries })]
      await using gateway = startGateway({ backends, directory: known.directory })
      const { client } = gateway
      await legacyOpen(client)
      const reply = await callTool(client, "one__echo", { text: "patient" })
      if (retries === 1) return assert.strictEqual(textOf(reply), "patient")
      const refusal = refusalOf(reply)
      assert.deepInclude(refusal, { code: -31002, certainty: "not_sent" })
      assert.include(refusal.message, "exited with code 1")
      assert.isAtLeast(refusal.retryAfterMs, 0)
    })
  }
})

/** A backend whose first start fails, counted from an empty file. */
const failingFirst = (path: string, options: Parameters<typeof legacyBackend>[2]) =>
  legacyBackend("one", ["--starts-file", path, "--fail-first", "1"], options)

/** A directory with the catalog of that backend: calls find their way to it before it is up. */
const learned = async (starts: { path: string }) => {
  const first = startGateway({ backends: [] })
  await first.client.close()
  starts.path = join(first.directory, "starts")
  writeFileSync(starts.path, "1\n")
  await using gateway = startGateway({ backends: [failingFirst(starts.path, {})], directory: first.directory })
  await legacyOpen(gateway.client)
  assert.include(await listedTools(gateway.client), "one__echo")
  assert.isTrue(existsSync(starts.path) && readFileSync(starts.path, "utf8").length > 2)
  return first
}
