import { assert, describe, it } from "@effect/vitest"
import { rmSync } from "node:fs"
import { parseObject, resultOf, textIn, textOf } from "../fixtures/envelope.ts"
import { legacyBackend, startGateway, type RunningGateway } from "../fixtures/gateway.ts"
import { callTool, legacyOpen } from "../fixtures/legacyClient.ts"
import { allListed, namesOf } from "./eras.ts"
import { statusWhen } from "./status.ts"

const slow = ["--slow-start", "800"]

/** Two backends under one prefix; nearly all their tools have equal names. `second` has one more. */
const table = (name: string, flags: ReadonlyArray<string>, more: Record<string, unknown> = {}) =>
  legacyBackend(name, flags, { prefix: "same", env: { OWNER: name, ...(name === "second" && { FIXTURE_FLAGS: "--tools 1" }) }, ...more })

/** The backend that answers under a public name. */
const ownerOf = async ({ client }: RunningGateway, name: string) =>
  textIn(parseObject(textOf(await callTool(client, name))) ?? {}, "OWNER", "nobody")

const namesIn = async ({ client }: RunningGateway) => namesOf(resultOf(await client.request("tools/list")))

/** Starts it and waits for both backends. */
const startOne = async (
  backends: ReturnType<typeof table>[],
  directory?: string
): Promise<{ readonly gateway: RunningGateway; readonly early: ReadonlyArray<string> }> => {
  const gateway = startGateway({ backends, ...(directory !== undefined && { directory }) })
  await legacyOpen(gateway.client)
  await gateway.client.until(() => gateway.client.stderr.includes("is ready"), "one backend")
  const early = await namesIn(gateway)
  await gateway.client.until(() => (gateway.client.stderr.match(/is ready/g) ?? []).length === 2, "both backends")
  await allListed(gateway.client)
  return { gateway, early }
}

describe("two backends with tools of the same name", () => {
  it("get the same owner whichever starts first, the other's tools are withheld visibly, also when the owner is down", async () => {
    const firstIsSlow = await startOne([table("first", slow), table("second", [])])
    const { directory } = firstIsSlow.gateway
    try {
      const secondIsSlow = await startOne([table("first", []), table("second", slow)])
      const slowNames = await namesIn(firstIsSlow.gateway)
      await using other = secondIsSlow.gateway
      assert.deepStrictEqual(slowNames, await namesIn(other))
      assert.strictEqual(new Set(slowNames).size, slowNames.length)
      for (const { gateway } of [firstIsSlow, secondIsSlow]) {
        assert.strictEqual(await ownerOf(gateway, "same__env"), "first")
        assert.strictEqual(textOf(await callTool(gateway.client, "same__generated-00001")), "generated-00001")
        const status = await statusWhen(gateway, ({ withheld }) => withheld.some(({ name }) => name === "env"))
        const lost = status.withheld.find(({ name }) => name === "env") ?? {}
        assert.strictEqual(lost["backend"], "second")
        assert.include(lost["reason"], '"first"')
      }
    } finally {
      await firstIsSlow.gateway.client.close()
    }

    // The owner does not come up, and its tools are not to be seen: they still belong to it.
    const down = table("first", slow, { when_down: "hide", env: { OWNER: "first", FIXTURE_FLAGS: "--exit-on-start 1" } })
    const gateway = startGateway({ backends: [down, table("second", [])], directory })
    try {
      await legacyOpen(gateway.client)
      const status = await statusWhen(gateway, ({ backends }) => backends["second"]?.["state"] === "Ready")
      assert.notStrictEqual(status.backends["first"]?.["state"], "Ready")
      assert.deepStrictEqual([...(await namesIn(gateway))], ["same__generated-00001"])
      assert.include(JSON.stringify(status.withheld), '\\"same__env\\" belongs to backend \\"first\\"')
    } finally {
      await gateway.client.close()
      rmSync(directory, { recursive: true, force: true })
    }
  })

  it("leave a name alone that may belong to one that is not known yet", async () => {
    const { early, gateway } = await startOne([table("first", slow), table("second", [])])
    await using _ = gateway
    assert.notInclude(early, "same__env")
  })
})
