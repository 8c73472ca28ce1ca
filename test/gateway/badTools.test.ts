import { afterAll, assert, beforeAll, describe, it } from "@effect/vitest"
import { errorOf, objectIn, resultOf, textIn, textOf } from "../fixtures/envelope.ts"
import { legacyBackend, modernBackend, startGateway, type RunningGateway } from "../fixtures/gateway.ts"
import { legacyOpen } from "../fixtures/legacyClient.ts"
import { badSchemas } from "../fixtures/server/badTools.ts"
import { allListed, call, entriesOf, eras, namesOf, speak } from "./eras.ts"
import { statusWhen, type Status } from "./status.ts"

/** A schema that costs a validator dearly, but no client refuses it. */
const passable = "bad-regex"

describe("tools that a client could not take", () => {
  let gateway: RunningGateway
  let status: Status
  beforeAll(async () => {
    const flags = ["--bad-schema", "--bad-names"]
    gateway = startGateway({ backends: [legacyBackend("legacy", flags), modernBackend("modern", flags)] })
    await legacyOpen(gateway.client)
    await allListed(gateway.client)
    status = await statusWhen(gateway, ({ backends }) => eras.every((name) => backends[name]?.["state"] === "Ready"))
  })
  afterAll(() => gateway.stop())
  const list = async () => entriesOf(resultOf(await speak(gateway.client, "legacy", "tools/list")), "tools")
  const withheld = (server: string) =>
    status.withheld.filter(({ backend }) => backend === server).map((entry) => textIn(entry, "name", ""))

  for (const server of eras) {
    it(`of a ${server} backend are withheld one by one, each named in the status with a reason`, async () => {
      const bad = badSchemas.map((tool) => textIn(tool, "name", "")).filter((name) => name !== passable)
      assert.includeMembers([...withheld(server)], bad)
      const names = (await list()).map(({ name }) => name)
      for (const name of bad) assert.notInclude(names, `${server}__${name}`)
      assert.include(names, `${server}__${passable}`)
      for (const { backend, reason } of status.withheld) if (backend === server) assert.isNotEmpty(reason)
      assert.strictEqual(errorOf(await call(gateway.client, "legacy", `${server}__bad-one-of`)).code, -32602)
    })

    it(`of a ${server} backend leave its other tools as they are`, async () => {
      assert.strictEqual(textOf(await call(gateway.client, "modern", `${server}__echo`, { text: "here" })), "here")
    })

    it(`of a ${server} backend without a name, or with another one's name, never take its place`, async () => {
      assert.includeMembers([...withheld(server)], ["", "echo", "?"])
      const echo = (await list()).find(({ name }) => name === `${server}__echo`) ?? {}
      assert.strictEqual(echo["description"], "Returns its text")
    })
  }

  it("leave a list in which each tool is fit for every client", async () => {
    const tools = await list()
    for (const tool of tools) {
      assert.match(textIn(tool, "name", ""), /^[A-Za-z0-9_-]{1,64}$/)
      assert.strictEqual(objectIn(tool, "inputSchema")["type"], "object")
    }
    const names = namesOf({ tools })
    assert.strictEqual(new Set(names).size, names.length)
  })
})
