import { assert, describe, it } from "@effect/vitest"
import { textOf } from "../fixtures/envelope.ts"
import { legacyBackend } from "../fixtures/gateway.ts"
import { callTool } from "../fixtures/legacyClient.ts"
import { listedTools, openGateway, untilListed } from "../faults/opened.ts"
import { untilStatus } from "../faults/status.ts"
import { attackerBackend } from "./attackerBackend.ts"

const bare = (name: string, delay: number) => legacyBackend(name, ["--slow-start", `${delay}`], { prefix: "" })

describe("a tool whose public name belongs to another backend", () => {
  for (const [first, second] of [
    [0, 300],
    [300, 0]
  ] as const) {
    it(`is withheld, by the order of the configuration and not of the starts (${first} and ${second} ms)`, async () => {
      const backends = [bare("one", first), bare("two", second)]
      await using gateway = await openGateway({ backends }, ["echo", "pid"])
      const { withheld } = await untilStatus(gateway, (status) => status.withheld("two", "echo") !== undefined, "the note")
      assert.include(withheld("two", "echo") ?? "", 'belongs to backend "one"')
      const uri = "fixture://two/greeting"
      assert.isDefined((await gateway.client.request("resources/read", { uri }))["result"])
      assert.strictEqual((await listedTools(gateway.client)).filter((name) => name === "echo").length, 1)
      const seen = textOf(await callTool(gateway.client, "env"))
      assert.include(seen, '"SENTINEL_SLOT":')
      assert.match(seen, /"SENTINEL_SLOT":"[^"]*\/one[^"]*"/)
    })
  }

  it("is withheld also when only case tells them apart, and also while the owner is down", async () => {
    const mine = legacyBackend("one", [], { prefix: "" })
    const lookalike = legacyBackend("two", ["--bad-names"], { prefix: "" })
    await using before = await openGateway({ backends: [mine] }, ["echo"])
    await before.client.close()
    const down = { ...mine, args: [...(Array.isArray(mine["args"]) ? mine["args"] : []), "--exit-on-start", "1"], max_restarts: 0 }
    await using gateway = await openGateway({ backends: [down, lookalike], directory: before.directory }, ["has_space"])
    const { withheld } = await untilStatus(gateway, (status) => status.withheld("two", "Echo") !== undefined, "the note")
    for (const name of ["Echo", "echo"]) assert.include(withheld("two", name) ?? "", 'belongs to backend "one"', name)
    assert.isFalse((await listedTools(gateway.client)).some((name) => name.toLowerCase() === "echo"))
  })

  it("does not run out of names because another backend makes up new ones for ever", async () => {
    const backends = [attackerBackend("one", "renaming"), legacyBackend("two")]
    const extra = "[gateway]\nmax_tools = 1_200"
    await using gateway = await openGateway({ extra, backends }, ["two__echo"])
    const { client } = gateway
    // With each list a thousand new names; by now they are more than the table holds.
    const full = (status: { readonly withheld: (backend: string, name: string) => unknown }) =>
      Array.from({ length: 12 }, (_, list) => `t-${list}-0`).some((name) => status.withheld("one", name) !== undefined)
    await untilStatus(gateway, full, "the attacker's share to be used up")
    await callTool(client, "two__add-tool", { name: "newcomer" })
    await untilListed(client, ["two__newcomer"])
    assert.strictEqual(textOf(await callTool(client, "two__newcomer")), "newcomer was called")
  })
})
