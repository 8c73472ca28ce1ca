import { assert, describe, it } from "@effect/vitest"
import { textOf } from "../fixtures/envelope.ts"
import { legacyBackend } from "../fixtures/gateway.ts"
import { callTool } from "../fixtures/legacyClient.ts"
import { isAlive } from "../fixtures/processes.ts"
import { pidOf, refusalOf } from "../faults/opened.ts"
import { witnessed } from "./bystander.ts"

const family = async (client: Parameters<typeof callTool>[0]): Promise<ReadonlyArray<number>> => [
  Number(textOf(await callTool(client, "one__spawn-child", { detached: false }))),
  Number(textOf(await callTool(client, "one__spawn-child", { detached: true })))
]

describe("what a backend leaves behind", () => {
  it("INV-12 is gone before the next process of it starts: children of its group and detached ones, after a crash", async () => {
    await using scene = await witnessed(legacyBackend("one", [], { restart_base_ms: 10 }), ["one__pid"])
    const { client } = scene
    const children = await family(client)
    assert.isTrue(children.every(isAlive))
    assert.strictEqual(refusalOf(await callTool(client, "one__crash")).certainty, "unknown")
    await pidOf(client, "one")
    assert.deepStrictEqual(children.filter(isAlive), [])
    await scene.unharmed()
  })

  it("is gone as well when it ignores SIGTERM and the end of its stdin, and has to be killed for a violation", async () => {
    const flags = ["--ignore-sigterm", "--ignore-stdin-close"]
    const options = { restart_base_ms: 10, max_frame_bytes: 100_000 }
    await using scene = await witnessed(legacyBackend("one", flags, options), ["one__pid"])
    const { client } = scene
    const all = [await pidOf(client, "one"), ...(await family(client))]
    refusalOf(await callTool(client, "one__oversize", { bytes: 200_000 }))
    assert.notStrictEqual(await pidOf(client, "one"), all[0])
    assert.deepStrictEqual(all.filter(isAlive), [])
    await scene.unharmed()
  })
})
