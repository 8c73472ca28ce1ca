import { assert, describe, it } from "@effect/vitest"
import { writeFileSync } from "node:fs"
import { join } from "node:path"
import { textOf } from "../fixtures/envelope.ts"
import { legacyBackend, startGateway } from "../fixtures/gateway.ts"
import { callTool } from "../fixtures/legacyClient.ts"
import { listedTools, openGateway, refusalOf, untilListed } from "../faults/opened.ts"
import { untilStatus, type Status } from "../faults/status.ts"
import { attackerBackend } from "./attackerBackend.ts"

const bare = (name: string, delay: number) => legacyBackend(name, ["--slow-start", `${delay}`], { prefix: "" })

describe("a tool whose public name belongs to another backend", () => {
  for (const [first, second] of [
    [0, 300],
    [300, 0]
  ] as const) {
    it(`INV-6 is withheld, by the order of the configuration and not of the starts (${first} and ${second} ms)`, async () => {
      const backends = [bare("one", first), bare("two", second)]
      await using gateway = await openGateway({ backends }, ["echo", "pid"])
      // While the owner is still starting, its names are kept free for it: another reason, the same result.
      const isTaken = (status: Status) => status.withheld("two", "echo")?.includes('belongs to backend "one"') === true
      await untilStatus(gateway, isTaken, "the note")
      const uri = "fixture://two/greeting"
      assert.isDefined((await gateway.client.request("resources/read", { uri }))["result"])
      assert.strictEqual((await listedTools(gateway.client)).filter((name) => name === "echo").length, 1)
      const seen = textOf(await callTool(gateway.client, "env"))
      assert.include(seen, '"SENTINEL_SLOT":')
      assert.match(seen, /"SENTINEL_SLOT":"[^"]*\/one[^"]*"/)
    })
  }

  it("INV-6 is withheld also when only case tells them apart, and also while the owner is down", async () => {
    await using before = startGateway({ backends: [] })
    await before.client.close()
    const starts = join(before.directory, "starts")
    writeFileSync(starts, "1\n2\n")
    const mine = legacyBackend("one", ["--starts-file", starts, "--fail-first", "2"], { prefix: "", max_restarts: 0 })
    const { directory } = before
    await using learning = await openGateway({ backends: [mine], directory }, ["echo"])
    await learning.client.close()
    writeFileSync(starts, "")
    const lookalike = legacyBackend("two", ["--bad-names"], { prefix: "" })
    await using gateway = await openGateway({ backends: [mine, lookalike], directory }, ["has_space"])
    const { withheld } = await untilStatus(
      gateway,
      (status) => status.withheld("two", "Echo") !== undefined,
      "the note"
    )
    for (const name of ["Echo", "echo"]) assert.include(withheld("two", name) ?? "", 'belongs to backend "one"', name)
    assert.deepStrictEqual(
      (await listedTools(gateway.client)).filter((name) => name.toLowerCase() === "echo"),
      ["echo"]
    )
    // It is the owner's, who is down: the other one never gets the call.
    assert.deepInclude(refusalOf(await callTool(gateway.client, "echo")), { certainty: "not_sent", backend: "one" })
  })

  it("does not run out of names because another backend makes up new ones for ever", async () => {
    const backends = [attackerBackend("one", "renaming"), legacyBackend("two")]
    const extra = "[gateway]\nmax_tools = 1_200"
    await using gateway = await openGateway({ extra, backends }, ["two__echo"])
    const { client } = gateway
    // A thousand new names in each list: soon more than are its share.
    await untilStatus(gateway, ({ withheldOf }) => withheldOf("one").length > 0, "its share to be used up")
    await callTool(client, "two__add-tool", { name: "newcomer" })
    await untilListed(client, ["two__newcomer"])
    assert.strictEqual(textOf(await callTool(client, "two__newcomer")), "newcomer was called")
  })
})
