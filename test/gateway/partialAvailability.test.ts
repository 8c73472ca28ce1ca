import { assert, describe, it } from "@effect/vitest"
import { rmSync } from "node:fs"
import { resultOf, textOf } from "../fixtures/envelope.ts"
import { legacyBackend, modernBackend, startGateway } from "../fixtures/gateway.ts"
import { legacyOpen } from "../fixtures/legacyClient.ts"
import { call, eras, isListChange, missingIn, namesOf, speak } from "./eras.ts"

/** Longer than a list waits for backends that were never seen before. */
const slowMillis = 2_000
const backends = [
  legacyBackend("fast"),
  modernBackend("slow", ["--slow-start", String(slowMillis)], { env_pass: ["FIXTURE_FLAGS"] })
]

describe("a backend that is slow to start", () => {
  it("blocks no list, is named as missing, and is announced when it is there; the next start knows its tools at once", async () => {
    const first = startGateway({ backends, env: { FIXTURE_FLAGS: "--tools 1" } })
    const { client, directory } = first
    try {
      await legacyOpen(client)
      for (const era of eras) {
        const list = resultOf(await speak(client, era, "tools/list"))
        assert.deepStrictEqual([...missingIn(list)], ["slow"])
        assert.include(namesOf(list), "fast__echo")
        assert.notInclude(namesOf(list), "slow__echo")
        // Such a list is not to be kept.
        if (era === "modern") assert.strictEqual(list["ttlMs"], 0)
        assert.strictEqual(textOf(await call(client, era, "fast__echo", { text: "now" })), "now")
      }
      assert.notInclude(client.stderr, '"slow\\" is ready')
      await client.waitFor(isListChange("tools"), "the change", { from: client.messages.length })
      for (const era of eras) {
        const list = resultOf(await speak(client, era, "tools/list"))
        assert.deepStrictEqual([...missingIn(list)], [])
        assert.includeMembers([...namesOf(list)], ["fast__echo", "slow__echo", "slow__generated-00001"])
      }
    } finally {
      await client.close()
    }

    // It offers one tool more from now on.
    const second = startGateway({ backends, directory, env: { FIXTURE_FLAGS: "--tools 2" } })
    try {
      await legacyOpen(second.client)
      const early = call(second.client, "legacy", "slow__echo", { text: "waited" })
      const list = resultOf(await speak(second.client, "legacy", "tools/list"))
      assert.deepStrictEqual([...missingIn(list)], [])
      assert.includeMembers([...namesOf(list)], ["fast__echo", "slow__echo", "slow__generated-00001"])
      assert.notInclude(namesOf(list), "slow__generated-00002")
      assert.notInclude(second.client.stderr, "is ready")
      assert.strictEqual(textOf(await early), "waited")
      await second.client.waitFor(isListChange("tools"), "the change")
      const later = resultOf(await speak(second.client, "legacy", "tools/list"))
      assert.include(namesOf(later), "slow__generated-00002")
    } finally {
      await second.client.close()
      rmSync(directory, { recursive: true, force: true })
    }
  })
})
