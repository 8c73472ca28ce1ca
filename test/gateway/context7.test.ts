import { afterAll, assert, beforeAll, describe, it } from "@effect/vitest"
import { resultOf } from "../fixtures/envelope.ts"
import { startGateway, type RunningGateway } from "../fixtures/gateway.ts"
import { legacyOpen } from "../fixtures/legacyClient.ts"
import { allListed, call, entriesOf, eras, namesOf, speak } from "./eras.ts"
import { statusWhen } from "./status.ts"

describe("the real context7-mcp, which speaks 2026-07-28", () => {
  let gateway: RunningGateway
  beforeAll(async () => {
    gateway = startGateway({ backends: [{ name: "docs", type: "stdio", command: "context7-mcp", timeout_secs: 10 }] })
    await legacyOpen(gateway.client)
    await allListed(gateway.client)
  })
  afterAll(() => gateway.stop())

  it("is spoken to in its own era", async () => {
    const status = await statusWhen(gateway, ({ backends }) => backends["docs"]?.["state"] === "Ready")
    assert.strictEqual(status.backends["docs"]?.["protocol"], "2026-07-28")
  })

  for (const era of eras) {
    it(`lists its tools to a ${era} client and answers a call, with or without a network`, async () => {
      const tools = resultOf(await speak(gateway.client, era, "tools/list"))
      assert.deepStrictEqual([...namesOf(tools)], ["docs__resolve-library-id", "docs__query-docs"])
      const args = { query: "how to test", libraryName: "vitest" }
      const reply = resultOf(await call(gateway.client, era, "docs__resolve-library-id", args))
      assert.isNotEmpty(entriesOf(reply, "content"))
    })
  }
})
