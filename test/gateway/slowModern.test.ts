import { assert, describe, it } from "@effect/vitest"
import { textOf } from "../fixtures/envelope.ts"
import { legacyBackend, modernBackend, startGateway } from "../fixtures/gateway.ts"
import { legacyOpen } from "../fixtures/legacyClient.ts"
import { allListed, call, eras } from "./eras.ts"
import { statusWhen } from "./status.ts"

/** Longer than the gateway waits for the answer to its probe before it tries `initialize` as well. */
const slow = ["--slow-start", "3200"]

describe("a backend that answers the probe of its era late", () => {
  it("is spoken to in its own era at the first attempt", async () => {
    await using gateway = startGateway({
      backends: [
        legacyBackend("legacy", slow),
        modernBackend("modern", slow),
        legacyBackend("mute", ["--mute-before-initialize"])
      ]
    })
    await legacyOpen(gateway.client)
    await allListed(gateway.client)
    for (const name of [...eras, "mute"]) {
      assert.strictEqual(textOf(await call(gateway.client, "legacy", `${name}__echo`, { text: name })), name)
    }
    const { backends } = await statusWhen(gateway, (status) =>
      Object.values(status.backends).every(({ state }) => state === "Ready")
    )
    const found = Object.entries(backends).map(([name, { protocol, restarts }]) => [name, protocol, restarts])
    assert.deepStrictEqual(found, [
      ["legacy", "2025-11-25", 0],
      ["modern", "2026-07-28", 0],
      ["mute", "2025-11-25", 0]
    ])
  })
})
