import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import type { BackendSpec } from "../../src/domain/BackendSpec.ts"
import type { JsonObject } from "../../src/domain/Json.ts"
import { refusalCodes } from "../../src/domain/Outcome.ts"
import type { Principal } from "../../src/domain/Principal.ts"
import { errorOf, objectIn, resultOf, textIn, textOf } from "../fixtures/envelope.ts"
import { MemoryBackend, echoing, type Behaviour } from "./memoryBackend.ts"
import { memoryGateway, pass, specOf } from "./memoryGateway.ts"
import type { MemoryLine } from "./memoryLine.ts"
import { Poster, type MemoryPost } from "./memoryPosts.ts"
import type { Received } from "./memoryServer.ts"

const inputTimeoutMillis = 10_000
const can: JsonObject = { elicitation: {} }
const [ada, eve]: [Principal, Principal] = [{ id: "ada" }, { id: "eve" }]

/** A legacy server that asks in the middle of each call, and says then what it was told. */
const asking: Behaviour["onCall"] = (call, line) =>
  line.ask(`q-${call.id}`, "elicitation/create", { message: `who is ${textOfCall(call)}?` })

const textOfCall = ({ params }: Received): string => String(objectIn(params, "arguments")["text"])

const perSession = (changes: Partial<BackendSpec> = {}, onCall: Behaviour["onCall"] = asking) =>
  new MemoryBackend(
    specOf("a", { isolation: "session", inputTimeoutMillis, ...changes }),
    { tools: ["ask"] },
    { onCall }
  )

const ownLines = ({ lines }: MemoryBackend) => lines.filter(({ slot }) => slot.session !== undefined)

/** Ends a call with what its client has answered. */
const finish = (line: MemoryLine): void => {
  const [call] = [...line.open.values()]
  const answers = line.answers.map(({ result }) => JSON.stringify(result)).join(" ")
  if (call !== undefined) line.reply(call, { content: [{ type: "text", text: `${textOfCall(call)}: ${answers}` }] })
}

const ask = (poster: Poster, text: string) => poster.call("a__ask", { text }, { can })

const stateOf = (post: MemoryPost): string => textIn(resultOf(post.reply), "requestState", "")

const questionsOf = (post: MemoryPost): string => JSON.stringify(resultOf(post.reply)["inputRequests"])

const answer = (poster: Poster, text: string, requestState: string, name: string, able = can) => {
  const inputResponses = { q1: { action: "accept", content: { name } } }
  return poster.post("tools/call", { name: "a__ask", arguments: { text }, inputResponses, requestState }, { can: able })
}

describe("lone calls to a backend with isolation = session", () => {
  it.effect("that can't be asked share one connection, each principal its own", () =>
    Effect.gen(function* () {
      const backend = perSession({}, echoing)
      const { gateway } = yield* memoryGateway({ backends: [backend] })
      const posts = [ada, eve, ada].map((principal) => new Poster(gateway, principal).call("a__ask", { text: "x" }))
      yield* pass(1)
      for (const post of posts) assert.strictEqual(textOf(post.reply), "ask:x")
      assert.deepStrictEqual(
        ownLines(backend).map(({ calls }) => calls.length),
        [2, 1]
      )
      assert.notInclude(
        ownLines(backend)
          .map(({ slot }) => slot.session)
          .join(),
        "ada"
      )
    })
  )

  it.effect(
    "that can be asked have one each while they run, are held, and are repeated: each gets its own answer",
    () =>
      Effect.gen(function* () {
        const backend = perSession()
        const { gateway } = yield* memoryGateway({ backends: [backend] })
        const poster = new Poster(gateway, ada)
        const [one, two] = [ask(poster, "one"), ask(poster, "two")]
        yield* pass(1)
        assert.lengthOf(ownLines(backend), 2)
        assert.include(questionsOf(one), "who is one?")
        assert.include(questionsOf(two), "who is two?")
        const [secondEnd, firstEnd] = [
          answer(poster, "two", stateOf(two), "B"),
          answer(poster, "one", stateOf(one), "A")
        ]
        yield* pass(1)
        assert.lengthOf(ownLines(backend), 2, "a repeat goes to the connection that holds its call")
        for (const line of ownLines(backend)) finish(line)
        yield* pass(1)
        assert.strictEqual(textOf(firstEnd.reply), 'one: {"action":"accept","content":{"name":"A"}}')
        assert.strictEqual(textOf(secondEnd.reply), 'two: {"action":"accept","content":{"name":"B"}}')
        assert.strictEqual(gateway.status()["running"], 0)
      })
  )

  it.effect("take a free connection of the same principal and capabilities again, the one used last first", () =>
    Effect.gen(function* () {
      const backend = perSession({}, () => undefined)
      const { gateway } = yield* memoryGateway({ backends: [backend] })
      const [adas, eves] = [new Poster(gateway, ada), new Poster(gateway, eve)]
      ask(adas, "one")
      ask(adas, "two")
      yield* pass(1)
      const [first, second] = ownLines(backend)
      if (first === undefined || second === undefined) return assert.fail("two lines were expected")
      finish(second)
      finish(first)
      ask(adas, "three")
      assert.deepStrictEqual([first.calls.length, second.calls.length], [1, 2], "began last, so used last")
      ask(adas, "four")
      assert.deepStrictEqual([first.calls.length, second.calls.length], [2, 2])
      finish(second)
      ask(eves, "five")
      adas.call("a__ask", { text: "six" }, { can: { sampling: {} } })
      yield* pass(1)
      assert.deepStrictEqual(
        ownLines(backend).map(({ calls }) => calls.length),
        [2, 2, 1, 1],
        "neither another principal nor other capabilities"
      )
      const declared = ownLines(backend).map(({ requests }) => objectIn(requests[1]?.params, "capabilities"))
      assert.deepStrictEqual(declared, [can, can, can, { sampling: {} }])
    })
  )

  it.effect("a handle is good for its principal alone, and a wrong try spoils nothing", () =>
    Effect.gen(function* () {
      const backend = perSession()
      const { gateway } = yield* memoryGateway({ backends: [backend] })
      const [adas, eves] = [new Poster(gateway, ada), new Poster(gateway, eve)]
      const held = ask(adas, "one")
      yield* pass(1)
      const state = stateOf(held)
      const stolen = answer(eves, "one", state, "E")
      assert.strictEqual(stolen.code, refusalCodes.inputExpired)
      assert.strictEqual(answer(eves, "one", state, "E", { elicitation: {} }).code, refusalCodes.inputExpired)
      const incapable = eves.post("tools/call", { name: "a__ask", arguments: { text: "one" }, requestState: state })
      yield* pass(1)
      assert.strictEqual(incapable.code, refusalCodes.inputExpired)
      assert.strictEqual(answer(adas, "other arguments", state, "A").code, refusalCodes.inputExpired)
      assert.strictEqual(answer(adas, "one", `${state}x`, "A").code, refusalCodes.inputExpired)
      const [line] = ownLines(backend)
      assert.lengthOf(line?.answers ?? [], 0)
      // The call is still held: a new one does not get its connection.
      ask(adas, "two")
      yield* pass(1)
      assert.lengthOf(line?.calls ?? [], 1)
      const end = answer(adas, "one", state, "A")
      if (line !== undefined) finish(line)
      assert.include(textOf(end.reply), '"name":"A"')
      assert.strictEqual(answer(adas, "one", state, "A").code, refusalCodes.inputExpired, "once")
    })
  )

  it.effect("a repeat finds its call whatever it declares now, and rounds go on over the same connection", () =>
    Effect.gen(function* () {
      const backend = perSession()
      const { gateway } = yield* memoryGateway({ backends: [backend] })
      const poster = new Poster(gateway, ada)
      const first = ask(poster, "one")
      yield* pass(1)
      const [line] = ownLines(backend)
      const second = answer(poster, "one", stateOf(first), "A", { elicitation: { url: {} } })
      line?.ask("again", "elicitation/create", { message: "really?" })
      const inputResponses = { q2: { action: "accept", content: { name: "B" } } }
      assert.include(questionsOf(second), "really?")
      const params = { name: "a__ask", arguments: { text: "one" }, inputResponses, requestState: stateOf(second) }
      const third = poster.post("tools/call", params, { can })
      if (line !== undefined) finish(line)
      assert.include(textOf(third.reply), '"name":"B"')
      assert.lengthOf(ownLines(backend), 1)
      assert.strictEqual(answer(poster, "one", stateOf(first), "A").code, refusalCodes.inputExpired)
    })
  )

  it.effect("INV-32 are bounded in number: beyond it a call is refused; a call that ends makes room", () =>
    Effect.gen(function* () {
      const backend = perSession({ maxSessions: 20 }, () => undefined)
      const { gateway } = yield* memoryGateway({ backends: [backend] })
      const poster = new Poster(gateway, ada)
      const eves = new Poster(gateway, eve)
      const running = Array.from({ length: 10 }, (_, n) => ask(poster, `${n}`))
      yield* pass(1)
      assert.isEmpty(poster.call("a__ask").replies, "one that can't be asked has its place besides")
      yield* pass(1)
      assert.lengthOf(ownLines(backend), 11, "more than one session may have")
      for (let n = 0; n < 9; n++) assert.isEmpty(ask(eves, `${n}`).replies)
      yield* pass(1)
      for (const refused of [ask(poster, "x"), ask(eves, "x"), ask(new Poster(gateway, { id: "kim" }), "x")]) {
        assert.strictEqual(refused.code, refusalCodes.overloaded)
        assert.include(errorOf(refused.reply).data, { certainty: "not_sent", retryAfterMs: 5_000 })
      }
      const [, line] = ownLines(backend)
      if (line !== undefined) finish(line)
      assert.lengthOf(running[1]?.replies ?? [], 1)
      const other = ask(new Poster(gateway, { id: "kim" }), "x")
      yield* pass(1)
      assert.isEmpty(other.replies)
      const alive = ownLines(backend).filter((one) => one.alive)
      assert.lengthOf(alive, 20, "what nobody uses gave way to another principal")
      assert.isFalse(line?.alive)
    })
  )

  it.effect("a connection on which the backend may still be at something gets no other call", () =>
    Effect.gen(function* () {
      const backend = perSession({ timeoutMillis: 1_000 }, () => undefined)
      const { gateway } = yield* memoryGateway({ backends: [backend] })
      const poster = new Poster(gateway, ada)
      const cancelled = ask(poster, "cancelled")
      yield* pass(1)
      cancelled.answering?.cancel()
      ask(poster, "late")
      yield* pass(1)
      const [first, second] = ownLines(backend)
      assert.deepStrictEqual([first?.alive, second?.calls.length], [false, 1])
      first?.ask("too late", "elicitation/create", { message: "for nobody" })
      yield* pass(1_000)
      ask(poster, "next")
      yield* pass(1)
      assert.deepStrictEqual(
        ownLines(backend).map(({ alive }) => alive),
        [false, false, true]
      )
      assert.deepStrictEqual([...(gateway.units[0]?.slots.values() ?? [])].length, 1)
    })
  )

  it.effect("a call whose client never comes back holds its connection until the input time is over", () =>
    Effect.gen(function* () {
      const backend = perSession({ maxSessions: 1 })
      const { gateway } = yield* memoryGateway({ backends: [backend] })
      const poster = new Poster(gateway, ada)
      const held = ask(poster, "one")
      yield* pass(1)
      assert.strictEqual(ask(poster, "two").code, refusalCodes.overloaded)
      yield* pass(inputTimeoutMillis)
      const next = ask(poster, "three")
      yield* pass(1)
      assert.include(questionsOf(next), "who is three?")
      assert.strictEqual(answer(poster, "one", stateOf(held), "A").code, refusalCodes.inputExpired)
    })
  )

  it.effect("are ended when nobody uses them for long, and opened again", () =>
    Effect.gen(function* () {
      const backend = perSession({ sessionIdleMillis: 60_000 }, echoing)
      const { gateway } = yield* memoryGateway({ backends: [backend] })
      const poster = new Poster(gateway, ada)
      ask(poster, "one")
      yield* pass(60_100)
      assert.deepStrictEqual(
        ownLines(backend).map(({ alive }) => alive),
        [false]
      )
      const again = ask(poster, "two")
      yield* pass(1)
      assert.strictEqual(textOf(again.reply), "ask:two")
      assert.strictEqual(gateway.units[0]?.slots.size, 1)
    })
  )

  it.effect("share one connection at a backend that asks in its replies", () =>
    Effect.gen(function* () {
      const spec = specOf("a", { isolation: "session" })
      const backend = new MemoryBackend(spec, { era: "modern", tools: ["ask"] })
      const { gateway } = yield* memoryGateway({ backends: [backend] })
      const poster = new Poster(gateway, ada)
      const posts = [ask(poster, "one"), ask(poster, "two")]
      const repeat = poster.post(
        "tools/call",
        { name: "a__ask", arguments: { text: "three" }, requestState: "the backend's own", inputResponses: {} },
        { can }
      )
      yield* pass(1)
      const [line] = ownLines(backend)
      assert.lengthOf(ownLines(backend), 1)
      assert.deepStrictEqual(line?.calls.map(textOfCall), ["one", "two", "three"])
      for (const call of line?.calls ?? []) line?.reply(call, { resultType: "complete", content: [] })
      for (const post of [...posts, repeat]) assert.lengthOf(post.replies, 1)
    })
  )

  it.effect("show who can be asked what the backend has for such a client", () =>
    Effect.gen(function* () {
      const backend = perSession({}, echoing)
      const { gateway } = yield* memoryGateway({ backends: [backend] })
      backend.offers = { ...backend.offers, tools: ["ask", "only for those who can be asked"] }
      const poster = new Poster(gateway, ada)
      const names = (able: JsonObject) => {
        const { tools } = resultOf(poster.post("tools/list", {}, { can: able }).reply)
        return Array.isArray(tools) ? tools.length : 0
      }
      assert.strictEqual(names(can), 1, "nobody knows yet")
      yield* pass(1)
      assert.strictEqual(names(can), 2)
      assert.strictEqual(names({}), 1)
      assert.lengthOf(ownLines(backend), 1)
      assert.strictEqual(
        textOf(poster.call("a__only_for_those_who_can_be_asked", { text: "x" }, { can }).reply),
        "only for those who can be asked:x"
      )
    })
  )
})
