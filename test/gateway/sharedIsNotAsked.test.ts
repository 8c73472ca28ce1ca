import { assert, describe, it } from "@effect/vitest"
import { textOf } from "../fixtures/envelope.ts"
import { call, eras, startBoth } from "./eras.ts"
import { everything } from "./answers.ts"

describe("a legacy backend that all clients share", () => {
  it("is told of no capabilities, is refused its questions, and its calls go on", async () => {
    await using gateway = await startBoth({ capabilities: everything })
    for (const era of eras) {
      const ask = (tool: string, args = {}) =>
        call(gateway.client, era, `legacy__${tool}`, args, { capabilities: everything })
      assert.strictEqual(textOf(await ask("capabilities")), "{}")
      for (const tool of ["ask-elicitation", "ask-sampling", "ask-roots"]) {
        const answer = JSON.parse(textOf(await ask(tool, { force: true })))
        assert.strictEqual(answer.error.code, -32601)
        assert.include(answer.error.message, 'isolation = "session"')
      }
    }
    assert.deepStrictEqual(gateway.client.serverRequests, [])
  })
})
