import { assert, describe, it } from "@effect/vitest"
import { Connection } from "../../src/backend/Connection.ts"
import type { Peer } from "../../src/backend/Handshake.ts"
import { errandBounds } from "../../src/backend/Errands.ts"
import { Interests, watchLimit } from "../../src/backend/Interests.ts"
import type { Transport } from "../../src/backend/Transport.ts"
import { isJsonObject } from "../../src/domain/Json.ts"
import type { Era } from "../../src/domain/Era.ts"
import { refusalCodes } from "../../src/domain/Outcome.ts"
import { jsonRpcCodes } from "../../src/protocol/JsonRpcCodes.ts"

/** Interests on a line that writes into a list, and answers what it is told to. */
const listening = (era: Era) => {
  const written: Array<{ readonly id?: string; readonly method?: string; readonly uri?: unknown }> = []
  const transport: Transport = {
    pid: undefined,
    write: (frame) => {
      const { id, method, params }: { id?: string; method?: string; params?: unknown } = JSON.parse(frame)
      written.push({
        ...(id === undefined ? {} : { id }),
        ...(method === undefined ? {} : { method }),
        ...(isJsonObject(params) && "uri" in params ? { uri: params["uri"] } : {}),
        ...(isJsonObject(params) && "requestId" in params ? { uri: params["requestId"] } : {})
      })
    },
    backlogBytes: () => 0,
    kill: () => undefined,
    stderr: () => []
  }
  const connection = new Connection(1, transport, {
    onNotification: () => undefined,
    onRequest: () => undefined,
    onViolation: (reason) => assert.fail(reason)
  })
  const dialect = { era, version: "2025-11-25", identity: { name: "gateway", version: "0" } }
  const capabilities = { tools: { listChanged: true }, resources: { subscribe: true }, logging: {} }
  const peer: Peer = { dialect, capabilities, serverInfo: {}, instructions: undefined }
  const interests = new Interests()
  interests.attach({ connection, dialect }, peer)
  const taken = () => written.splice(0).map(({ method, uri }) => (uri === undefined ? method : `${method} ${uri}`))
  const idOf = (index: number): string => written[index]?.id ?? assert.fail("nothing was written")
  const lose = (id: string) => connection.failed(id, { reason: "was cut", sent: true })
  const refuse = (id: string, code: number) =>
    connection.receive(JSON.stringify({ jsonrpc: "2.0", id, error: { code, message: "no" } }))
  return { connection, idOf, interests, lose, refuse, taken, written }
}

/** A stateless line whose stream stands (`first`), and a filter that changes: the next one is written, and not taken. */
const replacing = () => {
  const line = listening("stateless")
  const first = line.idOf(0)
  line.interests.acknowledged(first)
  line.taken()
  line.interests.watch("a:1")
  line.interests.settle()
  return { ...line, first }
}

describe("what a stateful server could not be told", () => {
  it("is told again with the next probe: its request was lost, while the line stands", () => {
    const { idOf, interests, lose, taken } = listening("stateful")
    interests.watch("a:1")
    lose(idOf(0))
    assert.deepStrictEqual(taken(), ["resources/subscribe a:1"])
    interests.revive()
    assert.deepStrictEqual(taken(), ["resources/subscribe a:1"])
    interests.revive()
    assert.deepStrictEqual(taken(), [], "it is under way")
  })

  it("is told again as it is then: nobody watches any more", () => {
    const { idOf, interests, lose, taken } = listening("stateful")
    interests.watch("a:1")
    lose(idOf(0))
    interests.unwatch("a:1")
    assert.deepStrictEqual(taken(), ["resources/subscribe a:1", "resources/unsubscribe a:1"])
    interests.revive()
    assert.deepStrictEqual(taken(), ["resources/unsubscribe a:1"])
  })

  for (const [who, code] of [
    ["a proxy", refusalCodes.httpRefused],
    ["a server in trouble", jsonRpcCodes.internalError]
  ] as const) {
    it(`is told again after ${who} refused it`, () => {
      const { idOf, interests, refuse, taken } = listening("stateful")
      interests.watch("a:1")
      refuse(idOf(0), code)
      taken()
      interests.revive()
      assert.deepStrictEqual(taken(), ["resources/subscribe a:1"])
    })
  }

  it("is not told again where the server said no to it", () => {
    const { idOf, interests, refuse, taken } = listening("stateful")
    interests.watch("a:1")
    refuse(idOf(0), jsonRpcCodes.invalidParams)
    taken()
    interests.revive()
    assert.deepStrictEqual(taken(), [])
  })

  it("is given up and told again when there is no answer from one probe to the next", () => {
    const { interests, taken } = listening("stateful")
    interests.watch("a:1")
    interests.revive()
    assert.deepStrictEqual(taken(), ["resources/subscribe a:1"])
    interests.revive()
    assert.deepStrictEqual(taken(), ["resources/subscribe a:1"])
  })

  it("is not told over and over to a server that fails at it each time", () => {
    const { interests, refuse, taken, written } = listening("stateful")
    const told = () => {
      for (const { id = "" } of written) refuse(id, jsonRpcCodes.internalError)
      return taken()
    }
    interests.watch("a:1")
    interests.logLevel("info")
    const times = Array.from({ length: 10 }, () => {
      const { length } = told()
      interests.revive()
      return length
    })
    assert.deepStrictEqual(times, [2, 2, 2, 2, 0, 0, 0, 0, 0, 0])
    assert.strictEqual(errandBounds.refusals, 3)
    interests.unwatch("a:1")
    assert.deepStrictEqual(told(), ["resources/unsubscribe a:1"])
    interests.revive()
    assert.deepStrictEqual(told(), [], "an update too many is dropped")
    interests.watch("a:1")
    told()
    interests.revive()
    assert.deepStrictEqual(told(), ["resources/subscribe a:1"], "it is wanted anew")
  })

  it("is the log level as well", () => {
    const { idOf, interests, lose, taken } = listening("stateful")
    interests.logLevel("info")
    lose(idOf(0))
    assert.deepStrictEqual(taken(), ["logging/setLevel"])
    interests.revive()
    assert.deepStrictEqual(taken(), ["logging/setLevel"])
    interests.revive()
    assert.deepStrictEqual(taken(), [])
  })

  it("is bounded: of what nobody watches only so much is remembered", () => {
    const { interests, lose, taken, written } = listening("stateful")
    for (let index = 0; index < watchLimit + 50; index++) {
      interests.watch(`a:${index}`)
      interests.unwatch(`a:${index}`)
    }
    for (let index = 0; index < 2 * (watchLimit + 50); index++) lose(written[index]?.id ?? "")
    taken()
    for (let round = 0; round < 200; round++) interests.revive()
    const again = new Set(written.map(({ uri }) => uri))
    assert.isAtMost(again.size, watchLimit)
    assert.isAbove(again.size, 0)
  })
})

describe("the stream of a stateless server", () => {
  it("ends when the one with the new filter stands, not before", () => {
    const { first, idOf, interests, taken } = replacing()
    const second = idOf(0)
    assert.deepStrictEqual(taken(), ["subscriptions/listen"])
    interests.acknowledged("somebody else's")
    assert.deepStrictEqual(taken(), [])
    interests.acknowledged(second)
    assert.deepStrictEqual(taken(), [`notifications/cancelled ${first}`])
    assert.isFalse(interests.settle(), "nothing was missed")
  })

  it("is the last one that stood, however often the filter changes meanwhile", () => {
    const { first, idOf, interests, taken } = replacing()
    const second = idOf(0)
    taken()
    interests.watch("a:2")
    interests.settle()
    const third = idOf(0)
    assert.deepStrictEqual(taken(), ["subscriptions/listen", `notifications/cancelled ${second}`])
    interests.acknowledged(third)
    assert.deepStrictEqual(taken(), [`notifications/cancelled ${first}`])
  })

  it("ends with the next probe where the server does not say that the other one stands, and the lists are read", () => {
    const { first, interests, taken } = replacing()
    taken()
    interests.revive()
    assert.deepStrictEqual(taken(), [], "it may have been opened just now")
    interests.revive()
    assert.deepStrictEqual(taken(), [`notifications/cancelled ${first}`])
    assert.isTrue(interests.settle(), "something may have been told on the older one alone")
  })

  it("leaves a gap until another one stands, not only until that is asked for", () => {
    const { connection, idOf, interests, refuse, taken } = listening("stateless")
    interests.acknowledged(idOf(0))
    connection.receive(JSON.stringify({ jsonrpc: "2.0", id: idOf(0), result: { resultType: "complete" } }))
    taken()
    assert.isFalse(interests.settle(), "the second one is asked for")
    refuse(idOf(0), jsonRpcCodes.internalError)
    taken()
    interests.revive()
    assert.isFalse(interests.settle(), "the third one is asked for")
    interests.acknowledged(idOf(0))
    assert.isTrue(interests.settle())
    assert.isFalse(interests.settle(), "once")
  })

  it("leaves a gap where it never stood before its filter changed", () => {
    const { idOf, interests, taken } = listening("stateless")
    const first = idOf(0)
    taken()
    interests.watch("a:1")
    interests.settle()
    const second = idOf(0)
    assert.deepStrictEqual(taken(), ["subscriptions/listen", `notifications/cancelled ${first}`])
    interests.acknowledged(second)
    assert.isTrue(interests.settle())
  })

  it("goes on when the one that was to take its place is refused", () => {
    const { idOf, interests, refuse, taken } = replacing()
    refuse(idOf(0), jsonRpcCodes.internalError)
    taken()
    interests.settle()
    const third = idOf(0)
    assert.deepStrictEqual(taken(), ["subscriptions/listen"], "it is tried again, and the first one is not ended")
    interests.acknowledged(third)
    assert.strictEqual(taken().length, 1)
  })

  it("does not go on in the other era", () => {
    const { connection, idOf, interests, refuse, taken } = listening("stateless")
    for (let time = 0; time < 2; time++) {
      refuse(idOf(0), jsonRpcCodes.internalError)
      taken()
      interests.settle()
    }
    interests.detach()
    connection.lose("was stopped")
    const dialect = { era: "stateful", version: "2025-11-25", identity: { name: "gateway", version: "0" } } as const
    interests.attach({ connection, dialect }, { dialect, capabilities: {}, serverInfo: {}, instructions: undefined })
    interests.revive()
    interests.settle()
    assert.deepStrictEqual(taken(), [])
  })

  it("ends with the line, and the next line begins anew", () => {
    const { connection, interests, taken } = listening("stateless")
    taken()
    interests.detach()
    connection.lose("was stopped")
    interests.watch("a:1")
    interests.settle()
    assert.deepStrictEqual(taken(), [])
  })
})
