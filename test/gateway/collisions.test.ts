import { assert, describe, it } from "@effect/vitest"
import { rmSync } from "node:fs"
import { parseObject, resultOf, textIn, textOf } from "../fixtures/envelope.ts"
import { legacyBackend, startGateway, type BackendTable, type RunningGateway } from "../fixtures/gateway.ts"
import { callTool, legacyOpen } from "../fixtures/legacyClient.ts"
import { allListed, missingIn, namesOf } from "./eras.ts"
import { statusWhen } from "./status.ts"

/** Longer than a list waits for backends that were never seen before. */
const slow = ["--slow-start", "2000"]

/** Two backends under one prefix; their tools have equal names, but for one more of `second`. */
const first = (flags: ReadonlyArray<string>, more: BackendTable = {}) =>
  legacyBackend("first", flags, { prefix: "same", env: { OWNER: "first" }, ...more })
const second = (flags: ReadonlyArray<string>) =>
  legacyBackend("second", [...flags, "--tools", "1"], { prefix: "same", env: { OWNER: "second" } })
const extra = "same__generated-00001"

/** The backend that answers under a public name. */
const ownerOf = async ({ client }: RunningGateway, name: string) =>
  textIn(parseObject(textOf(await callTool(client, name))) ?? {}, "OWNER", "nobody")

const listOf = async ({ client }: RunningGateway) => resultOf(await client.request("tools/list"))

/** What is listed while one backend is still starting, and once both are there. */
const listsOf = async (gateway: RunningGateway) => {
  await legacyOpen(gateway.client)
  const early = await listOf(gateway)
  await allListed(gateway.client)
  return { early, late: namesOf(await listOf(gateway)) }
}

const assertFirstOwns = async (gateway: RunningGateway) => {
  assert.strictEqual(await ownerOf(gateway, "same__env"), "first")
  assert.strictEqual(textOf(await callTool(gateway.client, extra)), "generated-00001")
  const { withheld } = await statusWhen(gateway, (status) =>
    status.withheld.some(({ name, reason }) => name === "env" && String(reason).includes("belongs to"))
  )
  const lost = withheld.find(({ name }) => name === "env") ?? {}
  assert.strictEqual(lost["backend"], "second")
  assert.include(lost["reason"], '"first"')
}

describe("two backends with tools of the same name", () => {
  it("INV-6 get the same owner whichever starts first; the other's are withheld visibly, also when the owner is down", async () => {
    const one = startGateway({ backends: [first(slow), second([])] })
    const { directory } = one
    try {
      await using other = startGateway({ backends: [first([]), second(slow)] })
      const [firstSlow, secondSlow] = await Promise.all([listsOf(one), listsOf(other)])
      // A name that may belong to the one that is not there yet belongs to nobody until then.
      assert.deepStrictEqual([...missingIn(firstSlow.early)], ["first"])
      assert.deepStrictEqual([...namesOf(firstSlow.early)], [])
      assert.deepStrictEqual([...missingIn(secondSlow.early)], ["second"])
      assert.include(namesOf(secondSlow.early), "same__env")

      assert.deepStrictEqual(firstSlow.late, secondSlow.late)
      assert.strictEqual(new Set(firstSlow.late).size, firstSlow.late.length)
      await Promise.all([one, other].map(assertFirstOwns))
    } finally {
      await one.client.close()
    }

    // The owner does not come up, and its tools are not to be seen: they still belong to it.
    const down = first(slow, { when_down: "hide", env: { FIXTURE_FLAGS: "--exit-on-start 1" } })
    const later = startGateway({ backends: [down, second([])], directory })
    try {
      await legacyOpen(later.client)
      const status = await statusWhen(later, ({ backends }) => backends["second"]?.["state"] === "Ready")
      assert.notStrictEqual(status.backends["first"]?.["state"], "Ready")
      assert.deepStrictEqual([...namesOf(await listOf(later))], [extra])
      assert.include(JSON.stringify(status.withheld), '\\"same__env\\" belongs to backend \\"first\\"')
    } finally {
      await later.client.close()
      rmSync(directory, { recursive: true, force: true })
    }
  })
})
