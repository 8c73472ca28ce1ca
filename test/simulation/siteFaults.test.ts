import { assert, describe, it } from "@effect/vitest"
import { listeningBounds } from "../../src/backend/HttpListening.ts"
import { messageBounds } from "../../src/backend/HttpMessage.ts"
import { wireBounds } from "../../src/backend/HttpWire.ts"
import { patienceBounds } from "../../src/backend/StreamPatience.ts"
import { Chance } from "../../src/simulation/Chance.ts"
import { keptEvents } from "../../src/simulation/EventLog.ts"
import { SiteFaults, waitingSiteFaults } from "../../src/simulation/SiteFault.ts"
import type { RefusalBody, SiteFault } from "../../src/simulation/SiteFault.ts"
import { siteFaultsOf, styleOf } from "../../src/simulation/SiteKinds.ts"
import { keptStreams } from "../../src/simulation/SiteResponses.ts"
import { callOn, eras, everyStyle, openLine, openSession, openSite, soonMillis, textOf } from "./siteLine.ts"
import type { SiteOptions } from "./siteLine.ts"

/** A line on which a call is made right after a fault, and time enough for whatever comes of it. */
const callUnder = (fault: SiteFault, options: SiteOptions = {}) => {
  const open = openSite(options)
  const line = openLine(open)
  open.site.apply(fault)
  const call = callOn(open, line, "sg:1")
  open.pass()
  return { open, line, call }
}

/** Whether the server has a way to say what answers nothing. */
const isHeard = ({ server }: ReturnType<typeof openSite>): boolean =>
  [...server.sessions].some(({ line }) => line.isHeard())

describe("A stream for news that is lost on the way", () => {
  it("is asked for again, as soon as it should have begun, where the server began one at once before", () => {
    const open = openSite()
    openSession(open)
    assert.isTrue(isHeard(open))
    open.site.apply({ _tag: "Hang", requests: 1 })
    open.site.apply({ _tag: "EndStreams" })
    open.pass(patienceBounds.leastMillis)
    assert.isFalse(isHeard(open))
    open.pass(listeningBounds.retryMostMillis)
    assert.isTrue(isHeard(open))
  })

  it("fails in the stateless era, where a server begins it at once", () => {
    const open = openSite({ era: "stateless" })
    const line = openLine(open)
    open.site.apply({ _tag: "Hang", requests: 1 })
    line.modern("sg:1", "subscriptions/listen", { notifications: { toolsListChanged: true } })
    open.pass(messageBounds.streamMillis - 1)
    assert.deepStrictEqual(line.witness.failures, [])
    open.pass(10)
    assert.deepStrictEqual(
      line.witness.failures.map(({ id }) => id),
      ["sg:1"]
    )
  })
})

const closed = { id: "sg:1", reason: "closed the connection", sent: true }
const bodies: ReadonlyArray<RefusalBody> = ["none", "text", "rpc"]

describe("Connections", () => {
  it("that are refused bring nothing to the server, and the line ends with what was not sent", () => {
    const { call, line, open } = callUnder({ _tag: "Refuse", millis: 1_000 }, { era: "stateless" })
    assert.deepStrictEqual(line.witness.exits, [
      {
        reason:
          "could not be reached at server.simulated (ECONNREFUSED): nothing listens there; start the server, or correct url",
        unsent: ["sg:1"]
      }
    ])
    assert.deepStrictEqual([call.written, call.arrived], [[], []])
    open.pass(1_000)
    const again = open.connect()
    again.modern("sg:2", "tools/list")
    open.pass()
    assert.isDefined(again.witness.replyTo("sg:2"))
  })

  it("that nobody answers fail after the time that a connection has", () => {
    const { line, open } = callUnder({ _tag: "Unroutable", millis: 20_000 }, { era: "stateless" })
    open.pass(wireBounds.connectMillis - soonMillis - 1)
    assert.deepStrictEqual(line.witness.exits, [])
    open.pass(3)
    assert.include(line.witness.exits[0]?.reason, "(UND_ERR_CONNECT_TIMEOUT): nobody answers there")
  })

  it("that nobody answers for a moment are tried again, as TCP does", () => {
    const { line, open } = callUnder({ _tag: "Unroutable", millis: 2_000 }, { era: "stateless" })
    open.pass(2_500)
    assert.isUndefined(line.witness.replyTo("sg:1"))
    open.pass(1_000)
    assert.isDefined(line.witness.replyTo("sg:1"))
  })

  it("that are all cut take with them what is under way, and nothing else", () => {
    for (const era of eras) {
      const open = openSite({ era })
      const line = openLine(open)
      const call = callOn(open, line, "sg:1")
      open.pass(1.5)
      open.site.apply({ _tag: "CutAll" })
      open.pass()
      assert.deepStrictEqual([line.witness.failures, call.arrived.length], [[closed], 1])
      callOn(open, line, "sg:2")
      open.pass(2_000)
      assert.isDefined(line.witness.replyTo("sg:2"))
    }
  })

  it("that a process takes with it are gone as all its sessions are, and it listens again after a while", () => {
    const open = openSite({ style: { listens: false, restartMillis: 400 } })
    const line = openSession(open)
    callOn(open, line, "sg:1")
    open.pass(1.5)
    open.server.apply({ _tag: "Crash" })
    open.pass(300)
    assert.deepStrictEqual(line.witness.failures, [closed])
    const early = open.connect()
    early.initialize("init")
    open.pass(50)
    assert.include(early.witness.exits[0]?.reason, "ECONNREFUSED")
    open.pass(50)
    callOn(open, line, "sg:2")
    open.pass()
    assert.deepStrictEqual(line.witness.exits, [{ reason: "ended the session", renewable: true, unsent: ["sg:2"] }])
  })
})

describe("A request", () => {
  it("that is on its way, or waits for a process that is stopped, when that goes, is not worked on", () => {
    for (const isStopped of [false, true]) {
      const open = openSite({ era: "stateless", style: { restartMillis: 1 } })
      const line = open.connect()
      line.modern("sg:0", "tools/list")
      open.pass()
      if (isStopped) open.server.apply({ _tag: "Stop", millis: 1_000 })
      const call = callOn(open, line, "sg:1")
      if (isStopped) open.pass()
      open.server.apply({ _tag: "Crash" })
      open.pass(2_000)
      assert.deepStrictEqual([line.witness.failures, call.written.length, call.arrived], [[closed], 1, []])
    }
  })
})

describe("An answer that is cut", () => {
  it("at any byte fails its call alone, which has been worked on", () => {
    for (const style of everyStyle.filter(({ resumes }) => resumes !== true)) {
      for (let share = 0; share < 1; share += 0.03) {
        const { call, line } = callUnder({ _tag: "Cut", share }, { style })
        const [failure] = line.witness.failures
        assert.deepStrictEqual([failure?.id, failure?.sent, call.arrived.length], ["sg:1", true, 1])
        assert.isUndefined(line.witness.replyTo("sg:1"), `${JSON.stringify(style)} ${share}`)
        assert.deepStrictEqual(line.witness.exits, [])
      }
    }
  })

  it("and whose end can't be told from its being cut is no answer either", () => {
    const style = { answers: "json", framing: "close" } as const
    const { line } = callUnder({ _tag: "Cut", share: 0.5 }, { style })
    assert.strictEqual(line.witness.failures[0]?.reason, "sent something that is not the reply to the request")
  })

  it("on a stream of numbered events is gone on with", () => {
    for (const share of [0.01, 0.5, 0.99]) {
      const { call, line, open } = callUnder({ _tag: "Cut", share }, { style: { resumes: true } })
      assert.isUndefined(line.witness.replyTo("sg:1"))
      open.pass(200)
      assert.include(textOf(line, "sg:1"), `echo of ${call.canary}`)
      assert.deepStrictEqual([call.arrived.length, line.witness.failures], [1, []])
    }
  })

  it("by the end of its process ends the session as well", () => {
    const open = openSite({ style: { listens: false } })
    const line = openSession(open)
    open.server.apply({ _tag: "CrashInReply", share: 0.5 })
    callOn(open, line, "sg:1")
    open.pass()
    assert.deepStrictEqual([line.witness.failures, open.server.sessions.size], [[closed], 0])
  })
})

describe("A status", () => {
  it("of a proxy says nothing of the call, which nobody has worked on", () => {
    for (const status of [500, 502, 503]) {
      for (const body of bodies) {
        const { call, line, open } = callUnder({ _tag: "Status", status, body, requests: 1 })
        const [failure] = line.witness.failures
        assert.match(failure?.reason ?? "", new RegExp(`^failed with HTTP status ${status} `))
        assert.deepStrictEqual([failure?.sent, call.written.length, call.arrived.length], [true, 1, 0])
        callOn(open, line, "sg:2")
        open.pass()
        assert.isDefined(line.witness.replyTo("sg:2"))
      }
    }
  })

  it("may come instead of the answer to a call that has been worked on", () => {
    for (const style of everyStyle) {
      for (const body of bodies) {
        const { call, line } = callUnder({ _tag: "StatusInstead", status: 504, body }, { style })
        assert.deepStrictEqual([line.witness.failures.map(({ sent }) => sent), call.arrived.length], [[true], 1])
      }
    }
  })

  it("of refused credentials fails the call as not sent, and as a matter of credentials", () => {
    for (const era of eras) {
      const { call, line } = callUnder({ _tag: "Unauthorized", requests: 1 }, { era })
      const [failure] = line.witness.failures
      assert.deepStrictEqual([failure?.authentication, failure?.sent], [true, false])
      assert.deepStrictEqual([call.written, call.arrived], [[], []])
    }
  })

  it("of a forgotten session ends the line, and its calls may go out on the next one", () => {
    const { call, line, open } = callUnder({ _tag: "Forget" })
    assert.deepStrictEqual(line.witness.exits, [{ reason: "ended the session", renewable: true, unsent: ["sg:1"] }])
    assert.deepStrictEqual([call.written, call.arrived], [[], []])
    const next = openSession(open)
    callOn(open, next, "sg:2")
    open.pass()
    assert.isDefined(next.witness.replyTo("sg:2"))
  })
})

describe("An answer", () => {
  it("may never come", () => {
    const { call, line, open } = callUnder({ _tag: "Hang", requests: 1 })
    open.pass(600_000)
    assert.deepStrictEqual([line.witness.told, call.arrived], [["frames"], []])
    callOn(open, line, "sg:2")
    open.pass()
    assert.isDefined(line.witness.replyTo("sg:2"))
  })

  it("of another media type is none", () => {
    for (const type of ["text/html", "application/jsonp", ""]) {
      const { call, line } = callUnder({ _tag: "Type", type })
      const reason = "answered with HTTP status 200 (OK), but with neither JSON nor an event stream"
      assert.deepStrictEqual([line.witness.failures, call.arrived.length], [[{ id: "sg:1", reason, sent: true }], 1])
    }
  })

  it("that comes in pieces is whole in the end, and not before", () => {
    for (const style of everyStyle) {
      const open = openSite({ style })
      const line = openSession(open)
      open.server.apply({ _tag: "Pieces", millis: 700 })
      const call = callOn(open, line, "sg:1")
      open.pass(600)
      assert.isUndefined(line.witness.replyTo("sg:1"))
      open.pass(200)
      assert.include(textOf(line, "sg:1"), `echo of ${call.canary}`)
    }
  })

  it("that is too large is told, and is none", () => {
    for (const style of everyStyle) {
      const open = openSite({ style, frameBytes: 1_000 })
      const line = openSession(open)
      open.server.apply({ _tag: "Oversize" })
      callOn(open, line, "sg:1")
      open.pass()
      assert.deepStrictEqual(line.witness.told.slice(-2), ["oversize", "failed sg:1"])
    }
  })

  it("that comes twice is handed on once", () => {
    for (const style of everyStyle) {
      const open = openSite({ style })
      const line = openSession(open)
      open.server.apply({ _tag: "Twice" })
      callOn(open, line, "sg:1")
      open.pass()
      assert.strictEqual(line.witness.frames().filter(({ id }) => id === "sg:1").length, 1)
    }
  })

  it("whose stream ends before it fails, unless its events are numbered: then it is fetched", () => {
    for (const resumes of [false, true]) {
      const open = openSite({ style: { resumes } })
      const line = openSession(open)
      callOn(open, line, "sg:1")
      open.pass(1.5)
      open.site.apply({ _tag: "EndStreams" })
      open.pass(300)
      assert.deepStrictEqual(
        [line.witness.failures.length, line.witness.replyTo("sg:1") !== undefined],
        [resumes ? 0 : 1, resumes]
      )
    }
  })

  it("is found among events that nobody asked for", () => {
    for (const era of eras) {
      const open = openSite({ era })
      const line = openLine(open)
      const call = callOn(open, line, "sg:1")
      open.pass(1.5)
      open.site.apply({ _tag: "OddEvents" })
      open.pass()
      const frames = line.witness.reads.flat()
      assert.isTrue(frames.some((frame) => frame.includes(`echo of ${call.canary}`)))
      assert.isTrue(frames.includes("half a"), "who reads the frames counts them")
      assert.isFalse(frames.some((frame) => frame.includes("somebody else")))
    }
  })
})

describe("Faults", () => {
  it("are over when the site is healed, and the line or the next one works", () => {
    const chance = new Chance("heal")
    for (let round = 0; round < 200; round++) {
      const open = openSite({ era: chance.of(eras), style: styleOf(chance) })
      const line = openLine(open)
      for (let count = 0; count < 5; count++) {
        open.site.apply(siteFaultsOf(chance))
        callOn(open, line, `sg:${count}`)
        open.pass(chance.of([0.3, 5, 500]))
      }
      open.site.heal()
      const next = openLine(open)
      const call = callOn(open, next, "last")
      open.pass()
      assert.include(textOf(next, "last"), `echo of ${call.canary}`, `round ${round}`)
    }
  })

  it("that wait for their moment are bounded, as is what a server keeps to go on with", () => {
    const faults = new SiteFaults()
    faults.badRequests({ _tag: "Hang", requests: waitingSiteFaults + 5 })
    for (let count = 0; count < waitingSiteFaults + 5; count++) faults.badAnswer({ _tag: "Cut", share: 0 })
    for (let count = 0; count < waitingSiteFaults; count++) {
      assert.isDefined(faults.takeRequest())
      assert.isDefined(faults.takeAnswer())
    }
    assert.deepStrictEqual([faults.takeRequest(), faults.takeAnswer()], [undefined, undefined])
  })

  it("end what is gone on with when too much was missed", () => {
    const open = openSite({ style: { resumes: true } })
    const line = openSession(open)
    const before = line.witness.frames().length
    open.site.apply({ _tag: "CutAll" })
    open.server.apply({ _tag: "Flood", frames: keptEvents + 20 })
    open.pass(1_000)
    assert.strictEqual(line.witness.frames().length - before, keptEvents)

    callOn(open, line, "sg:1")
    open.pass(1.5)
    open.site.apply({ _tag: "EndStreams" })
    for (let count = 0; count < keptStreams; count++) line.legacy(`more:${count}`, "tools/list")
    open.pass(1_000)
    const reason = "answered with HTTP status 400 (Bad Request) when it should go on with an answer"
    assert.deepStrictEqual(line.witness.failures, [{ id: "sg:1", reason, sent: true }])
  })
})
