import { assert, describe, it } from "@effect/vitest"
import { textOf } from "../fixtures/envelope.ts"
import { legacyBackend } from "../fixtures/gateway.ts"
import { callTool } from "../fixtures/legacyClient.ts"
import { listedTools } from "../faults/opened.ts"
import { untilState, untilStatus } from "../faults/status.ts"
import { attackerBackend } from "./attackerBackend.ts"
import { witnessed } from "./bystander.ts"

describe("a catalog that is too large", () => {
  for (const [flags, what] of [
    [["--tools", "100000"], "in one list"],
    [["--tools", "100000", "--page-size", "500"], "on pages"]
  ] as const) {
    it(`INV-5, INV-32 is cut at max_tools, visibly, and what is listed can be called: 100,000 tools ${what}`, async () => {
      await using scene = await witnessed(legacyBackend("one", flags), ["one__echo"])
      const { client } = scene
      const listed = (await listedTools(client)).filter((name) => name.startsWith("one__"))
      assert.strictEqual(listed.length, 1_000)
      assert.strictEqual(textOf(await callTool(client, listed.at(-1) ?? "")), listed.at(-1)?.slice("one__".length))
      const { withheld } = await untilStatus(
        scene.gateway,
        (status) => status.withheld("one", "*") !== undefined,
        "a note"
      )
      assert.include(withheld("one", "*") ?? "", "max_tools")
      await scene.unharmed()
    })
  }

  for (const [flag, note] of [
    ["--page-loop", "repeats the cursor"],
    ["--page-endless", "the rest is not listed"]
  ] as const) {
    it(`ends where its pages do not: ${flag}`, async () => {
      await using scene = await witnessed(legacyBackend("one", [flag]), ["one__echo"])
      const { withheld } = await untilStatus(
        scene.gateway,
        (status) => status.withheld("one", "*") !== undefined,
        "a note"
      )
      assert.include(withheld("one", "*") ?? "", note)
      assert.strictEqual(textOf(await callTool(scene.client, "one__echo", { text: "usable" })), "usable")
      await scene.unharmed()
    })
  }

  it("loses the tools that are too large, each by itself: 50 MB on pages", async () => {
    await using scene = await witnessed(attackerBackend("one", "huge-tools"), ["one__small"])
    const { client } = scene
    const from = client.lines.length
    assert.deepStrictEqual(
      (await listedTools(client)).filter((name) => name.startsWith("one__")),
      ["one__small"]
    )
    assert.isBelow(client.lines.slice(from).join("").length, 100_000)
    const { withheld } = await untilStatus(
      scene.gateway,
      (status) => status.withheld("one", "huge-1-0") !== undefined,
      "a note"
    )
    assert.include(withheld("one", "huge-1-0") ?? "", "larger than")
    await scene.unharmed()
  })

  it("leaves no huge names, keys or cursors in the status", async () => {
    await using keys = await witnessed(attackerBackend("one", "huge-keys"), ["one__small"])
    const noted = await untilStatus(keys.gateway, (status) => status.withheld("one", "keys") !== undefined, "a note")
    assert.isBelow(JSON.stringify(noted.whole).length, 20_000)
    await keys.unharmed()
    await using cursor = await witnessed(attackerBackend("one", "huge-cursor"), ["one__lists"])
    const { whole } = await untilState(cursor.gateway, "one", "Ready")
    assert.isBelow(JSON.stringify(whole).length, 20_000)
    await cursor.unharmed()
  })
})
