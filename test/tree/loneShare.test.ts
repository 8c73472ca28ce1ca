import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { refusalCodes } from "../../src/domain/Outcome.ts"
import { loneShare } from "../../src/gateway/LoneShare.ts"
import { errorOf, resultOf, textOf } from "../fixtures/envelope.ts"
import { MemoryBackend } from "./memoryBackend.ts"
import { endSoon, memoryGateway, pass, specOf } from "./memoryGateway.ts"
import { Poster } from "./memoryPosts.ts"
import { echoResult } from "./memoryServer.ts"

const can = { elicitation: {} }

/** Asks in each call whose argument says so. */
const backendOf = (maxSessions: number) =>
  new MemoryBackend(
    specOf("a", { isolation: "session", maxSessions }),
    { tools: ["echo"] },
    {
      onCall: (call, line) => {
        if (JSON.stringify(call.params).includes("ask me")) line.ask(`q-${call.id}`, "elicitation/create", {})
        else line.reply(call, echoResult(call))
      }
    }
  )

describe("INV-32 one lone caller", () => {
  it.effect("holds half of the connections at most, whatever it leaves unanswered", () =>
    Effect.gen(function* () {
      const backend = backendOf(8)
      const { connect, gateway } = yield* memoryGateway({ backends: [backend] })
      const greedy = new Poster(gateway, { id: "greedy" })
      const held = Array.from({ length: 8 }, () => greedy.call("a__echo", { text: "ask me" }, { can }))
      yield* pass(1)
      const asked = held.filter(({ code }) => code === undefined)
      assert.lengthOf(asked, loneShare(8))
      for (const { reply } of asked) assert.strictEqual(resultOf(reply)["resultType"], "input_required")
      const refused = held.at(-1)
      assert.strictEqual(refused?.code, refusalCodes.overloaded)
      assert.include(errorOf(refused?.reply ?? {}).message, "share")
      assert.include(errorOf(refused?.reply ?? {}).data, { retryAfterMs: 5_000 })
      const modest = new Poster(gateway, { id: "modest" }).call("a__echo", { text: "x" }, { can })
      const client = connect().open(can)
      const id = client.call("a__echo", { text: "y" })
      const plain = greedy.call("a__echo", { text: "z" })
      yield* pass(1)
      assert.deepStrictEqual(
        [modest.reply, client.reply(id), plain.reply].map((reply) => textOf(reply)),
        ["echo:x", "echo:y", "echo:z"]
      )
    })
  )

  it.effect("has one connection at least, and uses its own again for other capabilities", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual([1, 2, 3, 32].map(loneShare), [1, 1, 1, 16])
      const backend = backendOf(3)
      const { gateway } = yield* memoryGateway({ backends: [backend] })
      const poster = new Poster(gateway)
      for (const able of [can, { sampling: {} }, can]) {
        const post = poster.call("a__echo", { text: "x" }, { can: able })
        yield* pass(1)
        assert.strictEqual(textOf(post.reply), "echo:x")
        assert.strictEqual(gateway.units[0]?.slots.size, 1)
      }
    })
  )

  it.effect("gets no more by cancelling: what is still ending counts", () =>
    Effect.gen(function* () {
      const backend = backendOf(8)
      backend.behaviour.stopMillis = 3_000
      backend.behaviour.onCall = () => undefined
      const { gateway } = yield* memoryGateway({ backends: [backend] })
      const poster = new Poster(gateway)
      for (let n = 0; n < 20; n++) {
        const post = poster.call("a__echo", { text: "x" }, { can })
        yield* pass(1)
        post.answering?.cancel()
      }
      const alive = backend.lines.filter((line) => line.alive && line.slot.session !== undefined)
      assert.lengthOf(alive, loneShare(8))
      yield* endSoon(backend)
    })
  )
})
