import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { refusalCodes } from "../../src/domain/Outcome.ts"
import type { Principal } from "../../src/domain/Principal.ts"
import { callReserve } from "../../src/gateway/Load.ts"
import { errorOf, textOf, type Id } from "../fixtures/envelope.ts"
import { MemoryBackend } from "./memoryBackend.ts"
import type { MemoryClient } from "./memoryClient.ts"
import { memoryGateway, pass, specOf, type MemoryGateway } from "./memoryGateway.ts"
import { Poster } from "./memoryPosts.ts"
import { echoResult } from "./memoryServer.ts"

const principalOf = (id: string): Principal => ({ id })
const [ada, eve, bob, kim] = [principalOf("ada"), principalOf("eve"), principalOf("bob"), principalOf("kim")] as const

/** As many calls as leave four in reserve: two for sessions that have none running, two for principals. */
const limit = 4 / callReserve.part

const backends = () => Array.from({ length: 5 }, (_, n) => new MemoryBackend(specOf(`b${n}`), { tools: ["echo"] }))

/** One call after the other to backends that answer nobody, until one is refused; how many run then. */
const fill = (client: MemoryClient): ReadonlyArray<Id> => {
  const running: Array<Id> = []
  for (;;) {
    const id = client.call(`b${running.length % 5}__echo`)
    if (client.repliesTo(id).length > 0) {
      isRefused(client, id)
      return running
    }
    running.push(id)
  }
}

const isRefused = (client: MemoryClient, id: Id): void => {
  const { code, data, message } = errorOf(client.reply(id))
  assert.strictEqual(code, refusalCodes.overloaded)
  assert.include(data, { certainty: "not_sent", retryAfterMs: 1_000 })
  assert.include(message, "max_calls")
}

const runs = (client: MemoryClient): Id => {
  const id = client.call("b0__echo")
  assert.isEmpty(client.repliesTo(id))
  return id
}

const sessionOf = ({ connect }: MemoryGateway, principal = ada) => connect(undefined, { principal }).open()

const started = Effect.suspend(() => memoryGateway({ backends: backends(), bounds: { calls: limit } }))

describe("INV-42 what is kept of max_calls", () => {
  it.effect("is not to be had by who has calls running, and is for sessions first, then for principals", () =>
    Effect.gen(function* () {
      const tree = yield* started
      const greedy = sessionOf(tree)
      assert.lengthOf(fill(greedy), limit - 4)
      const others = [sessionOf(tree), sessionOf(tree), sessionOf(tree)]
      const [second, third, fourth] = others
      for (const session of [second, third]) if (session !== undefined) runs(session)
      for (const session of others) isRefused(session, session.call("b0__echo"))
      assert.isDefined(fourth)
      const eves = sessionOf(tree, eve)
      runs(eves)
      isRefused(eves, eves.call("b0__echo"))
      const evesOther = sessionOf(tree, eve)
      isRefused(evesOther, evesOther.call("b0__echo"))
      runs(sessionOf(tree, bob))
      assert.strictEqual(tree.gateway.status()["running"], limit)
      const kims = sessionOf(tree, kim)
      isRefused(kims, kims.call("b0__echo"))
    })
  )

  it.effect("is for lone requests as for a session: all of one principal are one", () =>
    Effect.gen(function* () {
      const tree = yield* started
      const [adas, eves] = [new Poster(tree.gateway, ada), new Poster(tree.gateway, eve)]
      const posts = Array.from({ length: limit }, (_, n) => adas.call(`b${n % 5}__echo`))
      assert.lengthOf(
        posts.filter(({ replies }) => replies.length === 0),
        limit - 4
      )
      const first = eves.call("b0__echo")
      assert.isEmpty(first.replies)
      assert.strictEqual(eves.call("b0__echo").code, refusalCodes.overloaded)
      first.answering?.cancel()
      const second = eves.call("b0__echo")
      assert.isEmpty(second.replies, "what has ended counts no more")
      const bobs = new Poster(tree.gateway, bob).call("b0__echo")
      for (const post of [second, bobs, ...posts]) post.answering?.cancel()
      yield* pass(1)
      assert.strictEqual(tree.gateway.status()["running"], 0)
    })
  )

  it.effect("serves one who calls again and again, however long the others hold all the rest", () =>
    Effect.gen(function* () {
      const tree = yield* memoryGateway({
        backends: [...backends(), new MemoryBackend(specOf("free"), { tools: ["echo"] }, { onCall: answering })],
        bounds: { calls: limit }
      })
      fill(sessionOf(tree))
      for (const session of [sessionOf(tree), sessionOf(tree)]) runs(session)
      const modest = sessionOf(tree, eve)
      for (let round = 0; round < 10; round++) {
        assert.strictEqual(textOf(modest.reply(modest.call("free__echo", { text: `${round}` }))), `echo:${round}`)
      }
    })
  )

  it.effect("is not counted against who left with calls running and comes back", () =>
    Effect.gen(function* () {
      const tree = yield* started
      const gone = sessionOf(tree, eve)
      for (let call = 0; call < 5; call++) runs(gone)
      gone.close()
      yield* pass(1)
      assert.strictEqual(tree.gateway.status()["running"], 0)
      fill(sessionOf(tree))
      runs(sessionOf(tree, eve))
    })
  )

  it.effect("is no hindrance to a call that goes on when its client has answered a question", () =>
    Effect.gen(function* () {
      const asking = new MemoryBackend(
        specOf("asks", { isolation: "session" }),
        { tools: ["ask"] },
        { onCall: (call, line) => line.ask(`q-${call.id}`, "elicitation/create", { message: "who?" }) }
      )
      const tree = yield* memoryGateway({ backends: [...backends(), asking], bounds: { calls: limit } })
      const asked = tree.connect(undefined, { principal: ada }).open({ elicitation: {} })
      yield* pass(1)
      const id = asked.call("asks__ask")
      yield* pass(1)
      fill(asked)
      const question = asked.asked.at(-1)
      runs(sessionOf(tree))
      asked.send({ jsonrpc: "2.0", id: question?.["id"] ?? "none", result: { action: "decline" } })
      yield* pass(1)
      const [call] = asking.line.open.values()
      if (call !== undefined) asking.line.reply(call, echoResult(call))
      assert.include(textOf(asked.reply(id)), "ask:")
    })
  )
})

const answering: MemoryBackend["behaviour"]["onCall"] = (call, line) => line.reply(call, echoResult(call))
