import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { cursorLength, definitionLength, listLength, pageLimit } from "../../src/backend/CatalogListing.ts"
import { handshakeLength } from "../../src/backend/Rpc.ts"
import { backendDefaults } from "../../src/domain/BackendSpec.ts"
import { isJsonObject, type JsonObject } from "../../src/domain/Json.ts"
import { MemoryBackend } from "./memoryBackend.ts"
import { memoryGateway, specOf } from "./memoryGateway.ts"
import { toolNamed, type Received } from "./memoryServer.ts"

const bounds = { ...backendDefaults.boundsStdio, tools: 50 }

/** A backend that answers `tools/list` itself, page by page. */
const paging = (pageOf: (request: Received, page: number) => JsonObject) => {
  const backend = new MemoryBackend(specOf("a", { bounds }), {})
  let pages = 0
  backend.behaviour.answer = (request) => (request.method === "tools/list" ? pageOf(request, pages++) : undefined)
  return backend
}

const tools = (from: number, count: number) => Array.from({ length: count }, (_, n) => toolNamed(`t${from + n}`))

const listedBy = Effect.fnUntraced(function* (backend: MemoryBackend) {
  const tree = yield* memoryGateway({ backends: [backend] })
  const { tools, withheld } = tree.gateway.table()
  const lists = backend.line.requests.filter(({ method }) => method === "tools/list")
  return { names: [...tools.keys()], withheld: withheld.map(({ name, reason }) => `${name}: ${reason}`), lists, tree }
})

describe("INV-32 what a backend lists stays within its bounds", () => {
  it.effect("all pages are read, an empty string is a cursor like any other", () =>
    Effect.gen(function* () {
      const cursors = ["", "0", "end"]
      const backend = paging((_, page) => {
        const next = cursors[page]
        return { tools: tools(page * 10, 10), ...(next === undefined ? {} : { nextCursor: next }) }
      })
      const { lists, names, withheld } = yield* listedBy(backend)
      assert.lengthOf(names, 40)
      assert.deepStrictEqual(
        lists.map(({ params }) => params["cursor"]),
        [undefined, "", "0", "end"]
      )
      assert.deepStrictEqual(withheld, [])
    })
  )

  it.effect("tools: as many as configured, the rest is named as not listed", () =>
    Effect.gen(function* () {
      const { names, withheld } = yield* listedBy(paging(() => ({ tools: tools(0, 51) })))
      assert.lengthOf(names, 50)
      assert.deepStrictEqual(withheld, ["*: more than 50 entries (max_tools); the rest is not listed"])
    })
  )

  it.effect("pages: a list without end is cut where the tools are enough", () =>
    Effect.gen(function* () {
      const endless = paging((_, page) => ({ tools: tools(page * 20, 20), nextCursor: `${page}` }))
      const { lists, names, withheld } = yield* listedBy(endless)
      assert.lengthOf(names, 50)
      assert.lengthOf(lists, 3)
      assert.isAbove(withheld.length, 0)
      for (const note of withheld) assert.match(note, /^\*: .*the rest is not listed/)
    })
  )

  it.effect("pages: a list of empty pages ends as well", () =>
    Effect.gen(function* () {
      const { lists, withheld } = yield* listedBy(paging((_, page) => ({ tools: [], nextCursor: `${page}` })))
      assert.lengthOf(lists, pageLimit)
      assert.deepStrictEqual(withheld, ["*: tools/list goes on after 0 entries; the rest is not listed (max_tools)"])
    })
  )

  it.effect("cursors: one seen before ends the list, one too long as well", () =>
    Effect.gen(function* () {
      const round = yield* listedBy(
        paging((_, page) => ({ tools: tools(page, 1), nextCursor: page % 2 === 0 ? "x" : "y" }))
      )
      assert.deepStrictEqual([round.lists.length, round.withheld], [3, ['*: tools/list repeats the cursor "x"']])
      const long = yield* listedBy(paging(() => ({ tools: tools(0, 1), nextCursor: "c".repeat(cursorLength + 1) })))
      assert.deepStrictEqual([long.lists.length, long.names], [1, ["a__t0"]])
      assert.match(long.withheld[0] ?? "", /a cursor of 4097 characters/)
    })
  )

  it.effect("definitions: one too large is withheld, its neighbours are not", () =>
    Effect.gen(function* () {
      const large = { ...toolNamed("large"), description: "x".repeat(definitionLength) }
      const { names, withheld } = yield* listedBy(paging(() => ({ tools: [toolNamed("a"), large, toolNamed("b")] })))
      assert.deepStrictEqual(names, ["a__a", "a__b"])
      assert.deepStrictEqual(withheld, [`large: is larger than ${definitionLength} characters`])
    })
  )

  it.effect("definitions: all of a list together are bounded", () =>
    Effect.gen(function* () {
      const heavy = (n: number) => ({ ...toolNamed(`t${n}`), description: "x".repeat(definitionLength - 200) })
      const count = Math.floor(listLength / definitionLength)
      const { names, withheld } = yield* listedBy(
        paging(() => ({ tools: Array.from({ length: 49 }, (_, n) => heavy(n)) }))
      )
      assert.approximately(names.length, count, 1)
      assert.match(withheld[0] ?? "", /characters in all; the rest is not listed/)
    })
  )

  it.effect("rejected tools: a bounded number is remembered by name", () =>
    Effect.gen(function* () {
      const bad = Array.from({ length: 5_000 }, (_, n) => ({ name: `bad${n}` }))
      const { names, withheld } = yield* listedBy(paging(() => ({ tools: [...bad, toolNamed("good")] })))
      assert.deepStrictEqual(names, ["a__good"])
      assert.lengthOf(withheld, 100)
    })
  )

  it.effect("odd pages: what is no list of tools is none, and the backend is up all the same", () =>
    Effect.gen(function* () {
      const odd = [null, 7, "tools", {}, [null, 7, [], { name: 7 }, { name: "x" }]]
      for (const page of odd) {
        const { names, tree } = yield* listedBy(paging(() => ({ tools: page })))
        assert.deepStrictEqual(names, [], JSON.stringify(page))
        assert.strictEqual(tree.gateway.units[0]?.life?._tag, "Ready")
      }
    })
  )

  it.effect("what it says of itself: one that says more than anyone will read is not started", () =>
    Effect.gen(function* () {
      const backend = new MemoryBackend(specOf("a"), { tools: ["echo"], instructions: "x".repeat(handshakeLength) })
      const { gateway } = yield* memoryGateway({ backends: [backend] })
      const [status] = Array.isArray(gateway.status()["backends"]) ? [gateway.status()["backends"]].flat() : []
      assert.strictEqual(gateway.units[0]?.life?._tag, "Backoff")
      assert.match(String(isJsonObject(status) ? status["reason"] : ""), /initialize is larger than 262144 characters/)
    })
  )

  it.effect("long instructions within the bound reach the client", () =>
    Effect.gen(function* () {
      const backend = new MemoryBackend(specOf("a"), {
        tools: ["echo"],
        instructions: `Read this. ${"x".repeat(10_000)}`
      })
      const { connect } = yield* memoryGateway({ backends: [backend] })
      assert.include(connect().open().texts[0], "Read this. xxx")
    })
  )
})
