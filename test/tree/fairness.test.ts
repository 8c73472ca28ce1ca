import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { backendDefaults, type BackendSpec } from "../../src/domain/BackendSpec.ts"
import { refusalCodes } from "../../src/domain/Outcome.ts"
import { batchMessages } from "../../src/kernel/Mailbox.ts"
import { errorOf, objectIn, textOf, type Id } from "../fixtures/envelope.ts"
import { MemoryBackend } from "./memoryBackend.ts"
import type { MemoryClient } from "./memoryClient.ts"
import { memoryGateway, pass, settle, specOf, type MemoryGateway } from "./memoryGateway.ts"
import { Poster } from "./memoryPosts.ts"
import { echoResult } from "./memoryServer.ts"
import { persistentPoster, persistentSession, type Persistent } from "./persistent.ts"

const [ada, eve] = [{ id: "ada" }, { id: "eve" }]

const backendOf = (
  bounds: { readonly inFlight: number; readonly queued: number },
  changes: Partial<BackendSpec> = {}
) =>
  new MemoryBackend(specOf("a", { bounds: { ...backendDefaults.boundsStdio, ...bounds }, ...changes }), {
    tools: ["echo"]
  })

/** The backend answers the call that it has had for longest. */
const answerOne = ({ line }: MemoryBackend): void => {
  const [oldest] = line.open.values()
  if (oldest !== undefined) line.reply(oldest, echoResult(oldest))
}

const session = ({ connect }: MemoryGateway, principal: typeof ada, text: string) =>
  persistentSession(connect(undefined, { principal }).open(), "a__echo", text)

const poster = ({ gateway }: MemoryGateway, principal: typeof ada, text: string) =>
  persistentPoster(new Poster(gateway, principal), "a__echo", text)

/** Who asks for too much, and who asks for one thing at a time. */
const crowds: ReadonlyArray<
  readonly [
    who: string,
    gather: (tree: MemoryGateway) => { readonly greedy: ReadonlyArray<Persistent>; readonly modest: Persistent }
  ]
> = [
  [
    "one session of a principal beside another of the same",
    (tree) => ({ greedy: [session(tree, ada, "greedy")], modest: session(tree, ada, "modest") })
  ],
  [
    "a principal beside another",
    (tree) => ({ greedy: [session(tree, eve, "greedy")], modest: session(tree, ada, "modest") })
  ],
  [
    "a principal with many sessions beside one with one",
    (tree) => ({
      greedy: Array.from({ length: 12 }, () => session(tree, eve, "greedy")),
      modest: session(tree, ada, "modest")
    })
  ],
  [
    "a principal whose requests stand alone beside another's",
    (tree) => ({ greedy: [poster(tree, eve, "greedy")], modest: poster(tree, ada, "modest") })
  ]
]

describe("INV-42 a caller who asks for one thing at a time", () => {
  it.effect("has its turn before what others have put in earlier", () =>
    Effect.gen(function* () {
      const backend = backendOf({ inFlight: 1, queued: 64 })
      const tree = yield* memoryGateway({ backends: [backend] })
      const [greedy, modest] = [session(tree, ada, "greedy"), session(tree, ada, "modest")]
      greedy.keep(40)
      modest.keep(1)
      for (let answers = 0; answers < 3; answers++) answerOne(backend)
      assert.strictEqual(modest.open, 0)
      assert.strictEqual(greedy.open, 38)
    })
  )

  it.effect("has a place also when more than all of them comes in one read before it", () =>
    Effect.gen(function* () {
      const backend = backendOf({ inFlight: 1, queued: 2 })
      const tree = yield* memoryGateway({ backends: [backend] })
      const [greedy, modest] = [session(tree, eve, "greedy"), session(tree, ada, "modest")]
      for (let round = 0; round < 20; round++) {
        // The router is not through with them yet when the next call comes.
        greedy.keep(batchMessages * 10)
        modest.keep(1)
        yield* settle
        answerOne(backend)
      }
      assert.isAtLeast(modest.replies.length, 5)
      for (const reply of modest.replies) assert.property(reply, "result")
    })
  )

  for (const [who, gather] of crowds) {
    it.effect(`is served by a backend whose every place is asked for by others: ${who}`, () =>
      Effect.gen(function* () {
        const backend = backendOf({ inFlight: 2, queued: 4 })
        const tree = yield* memoryGateway({ backends: [backend] })
        const { greedy, modest } = gather(tree)
        const press = () => greedy.forEach((each) => each.keep(10))
        let waited = 0
        for (let step = 0; step < 60; step++) {
          press()
          if (modest.open === 0) waited = 0
          modest.keep(1)
          press()
          answerOne(backend)
          assert.isAtMost(++waited, 5, "its turn comes within a round, and then what is before it at the backend")
        }
        assert.isAtLeast(modest.replies.length, 10)
        for (const reply of modest.replies) assert.property(reply, "result")
        assert.isAbove(greedy.flatMap(({ replies }) => replies).filter((reply) => "result" in reply).length, 10)
      })
    )
  }
})

describe("INV-42 a call that gives way to another caller's", () => {
  it.effect("is the newest of who has most waiting, was not sent, and never is", () =>
    Effect.gen(function* () {
      const backend = backendOf({ inFlight: 1, queued: 3 })
      const tree = yield* memoryGateway({ backends: [backend] })
      const [greedy, modest] = [tree.connect().open(), tree.connect().open()]
      const ids = ["sent", "first", "second", "third"].map((text) => greedy.call("a__echo", { text }))
      const own = modest.call("a__echo", { text: "modest" })
      const { code, data, message } = errorOf(greedy.reply(ids[3] ?? 0))
      assert.strictEqual(code, refusalCodes.overloaded)
      assert.include(data, { certainty: "not_sent", retryAfterMs: 1_000, backend: "a" })
      assert.include(message, "gave way")
      for (let answers = 0; answers < 5; answers++) answerOne(backend)
      assert.strictEqual(textOf(modest.reply(own)), "echo:modest")
      assert.deepStrictEqual(
        backend.calls.map(({ params }) => objectIn(params, "arguments")["text"]),
        ["sent", "first", "modest", "second"]
      )
      yield* pass(backendDefaults.timeoutMillis)
      assert.lengthOf(greedy.repliesTo(ids[3] ?? 0), 1)
      assert.strictEqual(tree.gateway.status()["running"], 0)
    })
  )

  it.effect("is none that was sent before: nobody could say that it was not", () =>
    Effect.gen(function* () {
      const backend = backendOf({ inFlight: 2, queued: 2 }, { idempotentTools: ["echo"], retries: 1 })
      const tree = yield* memoryGateway({ backends: [backend] })
      const [greedy, modest] = [tree.connect().open(), tree.connect().open()]
      const ids = ["one", "two"].map((text) => greedy.call("a__echo", { text }))
      backend.line.exit()
      isOverloaded(modest, modest.call("a__echo", { text: "modest" }))
      yield* pass(backendDefaults.restart.baseMillis)
      for (let answers = 0; answers < 2; answers++) answerOne(backend)
      assert.deepStrictEqual(
        ids.map((id) => textOf(greedy.reply(id))),
        ["echo:one", "echo:two"]
      )
    })
  )

  it.effect("is never the only one that its caller has waiting: where each has one, the next is refused", () =>
    Effect.gen(function* () {
      const backend = backendOf({ inFlight: 1, queued: 3 })
      const tree = yield* memoryGateway({ backends: [backend] })
      const clients = ["ada", "eve", "bob", "kim", "lee"].map((id) =>
        tree.connect(undefined, { principal: { id } }).open()
      )
      const ids = clients.map((client) => client.call("a__echo"))
      const [last, ...others] = clients.map((client, at) => ({ client, id: ids[at] ?? 0 })).toReversed()
      if (last !== undefined) isOverloaded(last.client, last.id)
      for (const { client, id } of others) assert.isEmpty(client.repliesTo(id))
    })
  )
})

const isOverloaded = (client: MemoryClient, id: Id): void => {
  const { code, data } = errorOf(client.reply(id))
  assert.strictEqual(code, refusalCodes.overloaded)
  assert.include(data, { certainty: "not_sent" })
}
