import { assert, describe, it } from "@effect/vitest"
import type { BackendMessage } from "../../src/backend/BackendMessage.ts"
import { emptyCatalog } from "../../src/domain/Catalog.ts"
import { callOf, standing } from "./byHand.ts"

/** The second connection is up, and one call is out on it under the first id that there is. */
const second = () => {
  const stage = standing()
  stage.actor.start()
  stage.up(1)
  stage.tell(
    { _tag: "Lost", epoch: 1, reason: "exited", renewable: false, unsent: [] },
    { _tag: "Exited", epoch: 1, reason: "exited" }
  )
  stage.later(10_000)
  stage.up(2)
  const { addressed, outcomes } = callOf("new")
  stage.tell({ _tag: "Call", addressed })
  assert.include(stage.written.at(-1), '"id":"sg:2:1"')
  return { ...stage, outcomes }
}

const reply = (text: string) => `{"jsonrpc":"2.0","id":"sg:2:1","result":{"content":"${text}"}}`

describe("INV-17 what comes late from connection 1 while connection 2 is up", () => {
  it("answers no call, though the ids are the same; what comes on connection 2 does", () => {
    const { outcomes, tell } = second()
    tell({ _tag: "Inbound", epoch: 1, frames: [reply("old")] })
    assert.deepStrictEqual(outcomes, [])
    tell({ _tag: "Inbound", epoch: 2, frames: [reply("new")] })
    assert.deepStrictEqual(
      outcomes.map((outcome) => outcome._tag === "Completed" && outcome.resultText),
      ['{"content":"new"}']
    )
  })

  const stale: ReadonlyArray<readonly [what: string, message: BackendMessage]> = [
    ["its loss", { _tag: "Lost", epoch: 1, reason: "late", renewable: false, unsent: [] }],
    ["its end", { _tag: "Exited", epoch: 1, reason: "late" }],
    ["a frame too large", { _tag: "Oversize", epoch: 1, bytes: 1 }],
    ["a failed start", { _tag: "StartFailed", epoch: 1, reason: "late", authentication: true }],
    ["rubbish", { _tag: "Inbound", epoch: 1, frames: ['{"jsonrpc":"2.0","id":1,"result":1}'] }],
    ["its lists", { _tag: "Relisted", epoch: 1, catalog: { ...emptyCatalog, instructions: "of connection 1" } }]
  ]
  for (const [what, message] of stale) {
    it(`changes nothing: ${what}`, () => {
      const { actor, catalogs, outcomes, tell } = second()
      const [life, listed] = [actor.life, catalogs.length]
      tell(message)
      assert.strictEqual(actor.life, life)
      assert.strictEqual(actor.connection?.epoch, 2)
      assert.deepStrictEqual(outcomes, [])
      assert.lengthOf(catalogs, listed)
    })
  }
})
