import { afterAll, assert, beforeAll, describe, it } from "@effect/vitest"
import { resultOf, textOf } from "../fixtures/envelope.ts"
import { legacyBackend, modernBackend, startGateway, type RunningGateway } from "../fixtures/gateway.ts"
import { legacyOpen } from "../fixtures/legacyClient.ts"
import { allListed, call, eras, namesOf, speak } from "./eras.ts"
import { statusWhen } from "./status.ts"

const generated = 250
const pages = ["--tools", String(generated), "--page-size", "40"]

describe("the pages of a backend's list", () => {
  let gateway: RunningGateway
  beforeAll(async () => {
    gateway = startGateway({
      backends: [
        legacyBackend("pages", pages),
        modernBackend("empty", [...pages, "--empty-cursor"]),
        legacyBackend("loop", ["--page-loop"]),
        modernBackend("endless", ["--page-endless"]),
        legacyBackend("bounded", pages, { max_tools: 60 })
      ]
    })
    await legacyOpen(gateway.client)
    await allListed(gateway.client)
  })
  afterAll(() => gateway.stop())

  const tools = async (prefix: string) => {
    const all = namesOf(resultOf(await speak(gateway.client, "legacy", "tools/list")))
    assert.strictEqual(new Set(all).size, all.length)
    return all.filter((name) => name.startsWith(`${prefix}__`))
  }
  const withheld = async (backend: string) =>
    (await statusWhen(gateway, (status) => status.backends[backend]?.["state"] === "Ready")).withheld.filter(
      (entry) => entry["backend"] === backend
    )

  it("are all read, an empty cursor included, and come out as one list", async () => {
    for (const prefix of ["pages", "empty"]) {
      const names = await tools(prefix)
      assert.lengthOf(
        names.filter((name) => name.includes("generated-")),
        generated
      )
      assert.include(names, `${prefix}__echo`)
      for (const era of eras) {
        assert.strictEqual(textOf(await call(gateway.client, era, `${prefix}__generated-00250`)), "generated-00250")
      }
      assert.deepStrictEqual(await withheld(prefix), [])
    }
  })

  it("are read once when they go round in circles, and the status says so", async () => {
    assert.include(await tools("loop"), "loop__echo")
    assert.include(JSON.stringify(await withheld("loop")), "repeats the cursor")
  })

  it("are read up to a bound when they never end, and the status says so", async () => {
    assert.include(await tools("endless"), "endless__echo")
    assert.include(JSON.stringify(await withheld("endless")), "the rest is not listed")
  })

  it("are read up to the configured number of tools, and the status says so", async () => {
    assert.lengthOf(await tools("bounded"), 60)
    assert.include(JSON.stringify(await withheld("bounded")), "max_tools")
  })
})
