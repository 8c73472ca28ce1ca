import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import type { JsonObject } from "../../src/domain/Json.ts"
import { objectIn, resultOf, textIn } from "../fixtures/envelope.ts"
import { MemoryBackend } from "./memoryBackend.ts"
import { memoryGateway, pass, specOf } from "./memoryGateway.ts"
import { Poster, type MemoryPost } from "./memoryPosts.ts"
import type { Received } from "./memoryServer.ts"

const can: JsonObject = { elicitation: {} }

const textOfCall = ({ params }: Received): string => String(objectIn(params, "arguments")["text"])

const stateOf = (post: MemoryPost): string => textIn(resultOf(post.reply), "requestState", "")

const answer = (poster: Poster, text: string, requestState: string) => {
  const inputResponses = { q1: { action: "accept", content: { name: text } } }
  return poster.post("tools/call", { name: "a__ask", arguments: { text }, inputResponses, requestState }, { can })
}

/** A poster at a server whose shared process is of the stateless era, and every later one asks in mid-call. */
const turned = Effect.gen(function* () {
  const backend = new MemoryBackend(
    specOf("a", { isolation: "session" }),
    { era: "modern", tools: ["ask"] },
    { onCall: (call, line) => line.ask(`q-${call.id}`, "elicitation/create", { message: textOfCall(call) }) }
  )
  const { gateway } = yield* memoryGateway({ backends: [backend] })
  yield* pass(1)
  backend.offers = { ...backend.offers, era: "legacy" }
  const own = () => backend.lines.filter(({ slot }) => slot.session !== undefined)
  const poster = new Poster(gateway, { id: "ada" })
  const ask = (text: string) => poster.call("a__ask", { text }, { can })
  return { ask, own, poster }
})

describe("a call that was held by a connection which was not leased for it", () => {
  it.effect("goes on there, and has that connection to itself from then on", () =>
    Effect.gen(function* () {
      const { ask, own, poster } = yield* turned
      const one = ask("one")
      yield* pass(1)
      const end = answer(poster, "one", stateOf(one))
      yield* pass(1)
      assert.lengthOf(end.replies, 0, "its server has the answer, and works on it")
      assert.deepStrictEqual(
        own().map(({ answers }) => answers.length),
        [1]
      )
      ask("two")
      yield* pass(1)
      assert.deepStrictEqual(
        own().map(({ calls }) => calls.map(textOfCall)),
        [["one"], ["two"]]
      )
    })
  )

  it.effect("goes on there also when another connection holds a call", () =>
    Effect.gen(function* () {
      const { ask, own, poster } = yield* turned
      const one = ask("one")
      yield* pass(1)
      ask("two")
      yield* pass(1)
      const end = answer(poster, "one", stateOf(one))
      yield* pass(1)
      assert.lengthOf(end.replies, 0)
      assert.lengthOf(own()[0]?.answers ?? [], 1)
    })
  )
})
