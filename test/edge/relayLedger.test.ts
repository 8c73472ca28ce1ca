import { assert, describe, it } from "@effect/vitest"
import * as fc from "fast-check"
import type { Json } from "../../src/domain/Json.ts"
import { headOf } from "../../src/edge/FrameHead.ts"
import { Ledger, openQuestions, repeatLength, runningRequests } from "../../src/edge/Ledger.ts"
import { parse } from "../../src/protocol/Envelope.ts"
import { errorFrame, errorFrameRaw, notificationFrame, requestFrame, resultFrame } from "../../src/protocol/Splice.ts"
import { modernMeta } from "../fixtures/modernClient.ts"
import { holds } from "../fixtures/property.ts"

const ledgerOf = (...frames: ReadonlyArray<string>): Ledger => {
  const ledger = new Ledger()
  for (const frame of frames) ledger.sent(parse(frame))
  return ledger
}

const initialize = requestFrame(0, "initialize", { protocolVersion: "2025-11-25", capabilities: {} })

/** What the next gateway hears, as method and whether the client hears of it. */
const replayed = (ledger: Ledger) =>
  ledger.settle("gone").replays.map(({ message, silent }) => {
    const method = "method" in message ? message.method : message._tag
    return silent ? method : `${method}!`
  })

const idsOf = (frames: ReadonlyArray<string>): ReadonlyArray<Json | undefined> =>
  frames.map((frame) => JSON.parse(frame).id)

describe("the beginning of a gateway's frame", () => {
  const id = fc.oneof(fc.integer(), fc.string(), fc.constantFrom('"', "\\", ',"result":', "\u2028"))
  const object = fc.dictionary(fc.string(), fc.jsonValue()).map((value) => JSON.stringify(value))
  const frame = fc.oneof(
    fc.tuple(id, object).map(([each, text]) => resultFrame(each, text)),
    fc.tuple(id, fc.integer(), fc.string()).map(([each, code, message]) => errorFrame(each, code, message)),
    id.map((each) => errorFrameRaw(each, '{"code":1,"message":"m","data":{"result":1}}')),
    fc.tuple(id, object).map(([each, text]) => requestFrame(each, "some/method", JSON.parse(text))),
    fc.constantFrom(errorFrame(null, 1, "m"), notificationFrame("n"), "", '{"id":1}', '{"jsonrpc":"2.0","id":"')
  )

  it("tells of every frame what reading it whole tells", () => {
    holds(frame, (text) => {
      const whole = parse(text)
      const head = headOf(text)
      if (whole._tag === "Reply") {
        assert.deepStrictEqual(head, { _tag: "Reply", id: whole.id, failed: whole.kind === "error" })
      } else if (whole._tag === "Request") assert.deepStrictEqual(head, { _tag: "Question", id: whole.id })
      else assert.deepStrictEqual(head, { _tag: "Other" })
    })
  })
})

describe("what outlives the gateway of a client", () => {
  it("INV-1 INV-3 ends each call once, unless it was answered or cancelled, and sends none again", () => {
    const calls = [1, "1", 2, 3].map((id) => requestFrame(id, "tools/call", { name: "t" }))
    const ledger = ledgerOf(...calls, ...calls, notificationFrame("notifications/cancelled", { requestId: 3 }))
    assert.isTrue(ledger.received(resultFrame(2, "{}")))
    const { frames, replays } = ledger.settle("gone")
    assert.deepStrictEqual(idsOf(frames), [1, "1"])
    assert.deepStrictEqual(replays, [])
  })

  it("is the session as the gateway accepted it, in an order that the next one can follow", () => {
    const ledger = ledgerOf(
      initialize,
      notificationFrame("notifications/initialized"),
      requestFrame(1, "logging/setLevel", { level: "error" }),
      requestFrame(2, "logging/setLevel", { level: "nonsense" }),
      requestFrame(3, "resources/subscribe", { uri: "a" }),
      requestFrame(4, "resources/subscribe", { uri: "b" }),
      requestFrame(5, "resources/subscribe", { uri: "c" }),
      requestFrame(6, "resources/unsubscribe", { uri: "b" }),
      requestFrame(7, "tools/list"),
      requestFrame("s", "subscriptions/listen", { _meta: modernMeta() })
    )
    for (const id of [0, 1, 3, 4, 6]) ledger.received(resultFrame(id, "{}"))
    for (const id of [2, 5]) ledger.received(errorFrame(id, -32602, "no"))
    assert.deepStrictEqual(replayed(ledger), [
      "initialize",
      "notifications/initialized",
      "logging/setLevel",
      "resources/subscribe",
      "subscriptions/listen!",
      "tools/list!"
    ])
  })

  it("is an opening that was not answered, before all that waits on it", () => {
    const ledger = ledgerOf(requestFrame(1, "ping"), initialize, notificationFrame("notifications/initialized"))
    assert.deepStrictEqual(replayed(ledger), ["initialize!", "notifications/initialized", "ping!"])
  })

  it("calls off the questions that are open, and no other", () => {
    const ledger = new Ledger()
    for (const id of ["sg-ask:1", "sg-ask:2", "sg-ask:3"]) ledger.received(requestFrame(id, "roots/list"))
    ledger.sent(parse(resultFrame("sg-ask:1", "{}")))
    ledger.received(notificationFrame("notifications/cancelled", { requestId: "sg-ask:2", reason: "r" }))
    assert.deepStrictEqual(ledger.settle("gone").frames, [
      notificationFrame("notifications/cancelled", { requestId: "sg-ask:3", reason: "gone" })
    ])
  })

  it("is a stream that the gateway ends only because it ends itself", () => {
    const listen = requestFrame("s", "subscriptions/listen", { _meta: modernMeta() })
    const ending = ledgerOf(listen)
    ending.closing = true
    assert.isFalse(ending.received(resultFrame("s", "{}")))
    assert.deepStrictEqual(replayed(ending), ["subscriptions/listen!"])
    const ended = ledgerOf(listen)
    assert.isTrue(ended.received(resultFrame("s", "{}")))
    assert.deepStrictEqual(replayed(ended), [])
  })

  it("INV-32 is bounded: in requests, in what is kept of them, and in questions", () => {
    const ledger = new Ledger()
    for (let id = 0; id < runningRequests; id++) ledger.sent(parse(requestFrame(id, "ping")))
    assert.isFalse(ledger.hasRoom(1))
    ledger.received(resultFrame(0, "{}"))
    assert.isTrue(ledger.hasRoom(1))

    const text = "x".repeat(repeatLength / 4)
    const large = ledgerOf(...[1, 2, 3, 4].map((id) => requestFrame(id, "tools/list", { text })))
    assert.deepStrictEqual(idsOf(large.settle("gone").frames), [4])
    large.received(resultFrame(1, "{}"))
    large.sent(parse(requestFrame(5, "tools/list", { text })))
    assert.deepStrictEqual(idsOf(large.settle("gone").frames), [4])

    const asked = new Ledger()
    for (let id = 0; id <= openQuestions; id++) asked.received(requestFrame(id, "roots/list"))
    assert.lengthOf(asked.settle("gone").frames, openQuestions)
  })

  it("INV-32 is bounded in the resources it watches", () => {
    const ledger = new Ledger()
    const uri = (id: number) => `${id}${"u".repeat(repeatLength / 8)}`
    for (let id = 0; id < 20; id++) {
      ledger.sent(parse(requestFrame(id, "resources/subscribe", { uri: uri(id) })))
      ledger.received(resultFrame(id, "{}"))
    }
    assert.isAtMost(ledger.watched.size, 8)
    assert.isAtLeast(ledger.watched.size, 4)
  })
})
