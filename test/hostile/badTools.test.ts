import { assert, describe, it } from "@effect/vitest"
import { isJsonObject } from "../../src/domain/Json.ts"
import { errorOf, resultOf, textOf } from "../fixtures/envelope.ts"
import { legacyBackend } from "../fixtures/gateway.ts"
import { callTool } from "../fixtures/legacyClient.ts"
import { modernRequest } from "../fixtures/modernClient.ts"
import { atOnceMillis, listedTools, timed } from "../faults/opened.ts"
import { untilState, untilStatus } from "../faults/status.ts"
import { attackerBackend } from "./attackerBackend.ts"
import { witnessed } from "./bystander.ts"

const reasons: ReadonlyArray<readonly [tool: string, reason: string]> = [
  ["bad-missing", "inputSchema"],
  ["bad-root-array", '"array"'],
  ["bad-root-text", "not an object"],
  ["bad-root-null", "not an object"],
  ["bad-one-of", "type"],
  ["bad-any-of", '"anyOf"'],
  ["bad-keys", "a property named"],
  ["bad-network-ref", "http://127.0.0.1:9/schema.json"],
  ["bad-deep", "nested deeper"],
  ["bad-hidden-text", "invisible characters"]
]

describe("tools that no client should see", () => {
  it("INV-5 are withheld one by one, with a reason, and their neighbours work", async () => {
    await using scene = await witnessed(legacyBackend("one", ["--bad-schema"]), ["one__echo"])
    const { client, gateway } = scene
    const { withheld } = await untilStatus(
      gateway,
      (status) => status.withheld("one", "bad-deep") !== undefined,
      "notes"
    )
    const listed = await listedTools(client)
    for (const [tool, reason] of reasons) {
      assert.include(withheld("one", tool) ?? "it is listed", reason, tool)
      assert.notInclude(listed, `one__${tool}`)
      // Withheld is unknown: listed means callable, and the reverse (INV-5).
      assert.strictEqual(errorOf(await callTool(client, `one__${tool}`)).code, -32602)
    }
    assert.strictEqual(textOf(await callTool(client, "one__echo", { text: "works" })), "works")
    await scene.unharmed()
  })

  it("are found also by characters that only an escape in a long description writes", async () => {
    await using scene = await witnessed(attackerBackend("one", "long-hidden"), ["one__fine"])
    const { withheld } = await untilStatus(
      scene.gateway,
      (status) => status.withheld("one", "spy") !== undefined,
      "a note"
    )
    assert.include(withheld("one", "spy") ?? "", "invisible characters")
    assert.notInclude(await listedTools(scene.client), "one__spy")
  })

  it("have their like among prompts, resources and instructions, where nothing hidden passes either", async () => {
    await using scene = await witnessed(attackerBackend("one", "hidden"), ["one__lists"])
    const { client, gateway } = scene
    const { withheld } = await untilStatus(gateway, (status) => status.withheld("one", "spy") !== undefined, "a note")
    for (const name of ["spy", "spy://r"]) assert.include(withheld("one", name) ?? "", "invisible characters", name)
    const from = client.lines.length
    const prompts = client.rawOf(await client.request("prompts/list", {}))
    assert.include(prompts, "one__fine")
    await client.request("resources/list", {})
    await modernRequest(client, "server/discover")
    const seen = client.lines.slice(from).join("")
    assert.include(seen, "Plain words")
    assert.notMatch(seen, /[\u200b\u202e\u{e0041}]|spy/u)
    await scene.unharmed()
  })

  it("take their whole backend along when they are nested so deep that the message itself is refused", async () => {
    await using scene = await witnessed(attackerBackend("one", "deep-tool", { max_restarts: 0 }))
    const { of } = await untilState(scene.gateway, "one", "Quarantined")
    assert.include(String(of("one")["reason"]), "levels of arrays and objects")
    await scene.unharmed()
  })

  it("do no harm by a regular expression that takes for ever: the gateway runs none of a backend's", async () => {
    await using scene = await witnessed(legacyBackend("one", ["--bad-schema"]), ["one__bad-regex"])
    const call = callTool(scene.client, "one__bad-regex", { a: `${"a".repeat(50_000)}!` })
    const { millis } = await timed(call)
    assert.isBelow(millis, atOnceMillis)
    await scene.unharmed()
  })

  it("have names that clients accept, each once, however odd their own are", async () => {
    await using scene = await witnessed(legacyBackend("one", ["--bad-names"]), ["one__echo"])
    const { tools } = resultOf(await scene.client.request("tools/list", {}))
    const names = (Array.isArray(tools) ? tools : []).filter(isJsonObject).map(({ name }) => String(name))
    for (const name of names) assert.match(name, /^[A-Za-z0-9_-]{1,64}$/)
    assert.strictEqual(new Set(names).size, names.length)
    assert.strictEqual(textOf(await callTool(scene.client, "one__echo", { text: "the first one" })), "the first one")
    await scene.unharmed()
  })
})
