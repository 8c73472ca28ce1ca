import { assert, describe, it } from "@effect/vitest"
import type { Peer } from "../../src/backend/Handshake.ts"
import type { RequestFailure } from "../../src/backend/Transport.ts"
import type { Outcome } from "../../src/domain/Outcome.ts"
import { renewableAfterMillis } from "../../src/machine/Lifecycle.ts"
import { specOf } from "../tree/memoryGateway.ts"
import { callOf, peer, standing } from "./byHand.ts"

const lost: RequestFailure = { reason: "reset the connection", sent: true }
const unsent: RequestFailure = { reason: "connection refused", sent: false }

/** A backend that is up, with one call out on it. */
const withCall = (repeatable = false, retries = 0) => {
  const stage = standing({ ...specOf("a"), retries })
  stage.actor.start()
  stage.up(1)
  const { addressed, outcomes } = callOf("x", repeatable)
  stage.tell({ _tag: "Call", addressed })
  const fail = (id: string, failure: RequestFailure, epoch = 1) => stage.tell({ _tag: "Failed", epoch, id, failure })
  const calls = () => stage.written.filter((frame) => frame.includes("tools/call")).length
  return { ...stage, calls, fail, outcomes }
}

const tags = (outcomes: ReadonlyArray<Outcome>) => outcomes.map(({ _tag }) => _tag)

describe("one request fails while its connection stands", () => {
  it("ends unknown when the backend may have got it, is not sent again, and others go on (INV-3)", () => {
    const { actor, calls, fail, outcomes, tell } = withCall()
    const other = callOf("y")
    tell({ _tag: "Call", addressed: other.addressed })
    fail("sg:1:1", lost)
    assert.deepStrictEqual(tags(outcomes), ["Unknown"])
    assert.strictEqual(calls(), 2)
    tell({ _tag: "Inbound", epoch: 1, frames: ['{"jsonrpc":"2.0","id":"sg:1:2","result":{}}'] })
    assert.deepStrictEqual(tags(other.outcomes), ["Completed"])
    assert.strictEqual(actor.life._tag, "Ready")
  })

  it("goes out once more when it surely was not sent, and then ends as not sent", () => {
    const { calls, fail, outcomes } = withCall()
    fail("sg:1:1", unsent)
    assert.deepStrictEqual(tags(outcomes), [])
    assert.strictEqual(calls(), 2)
    fail("sg:1:2", unsent)
    assert.deepStrictEqual(tags(outcomes), ["NotSent"])
    assert.strictEqual(calls(), 2)
  })

  it("leaves its place to whoever waits, before anyone who comes later (INV-42)", () => {
    const spec = specOf("a")
    const stage = standing({ ...spec, bounds: { ...spec.bounds, inFlight: 1 } })
    stage.actor.start()
    stage.up(1)
    const calls = ["first", "waiting", "newcomer"].map((text) => callOf(text))
    const [first, second, newcomer] = calls.map(({ addressed }) => addressed)
    if (first === undefined || second === undefined || newcomer === undefined) throw new Error("three calls")
    stage.tell({ _tag: "Call", addressed: first }, { _tag: "Call", addressed: second })
    stage.tell({ _tag: "Failed", epoch: 1, id: "sg:1:1", failure: lost })
    stage.tell({ _tag: "Call", addressed: newcomer })
    assert.include(stage.written.at(-1), "waiting")
    assert.strictEqual(stage.actor.inFlight.queued, 1)
  })

  it("is repeated as often as `retries` says, when its tool is idempotent", () => {
    const { calls, fail, outcomes } = withCall(true, 1)
    fail("sg:1:1", lost)
    assert.strictEqual(calls(), 2)
    fail("sg:1:2", lost)
    assert.deepStrictEqual(tags(outcomes), ["Unknown"])
    assert.strictEqual(calls(), 2)
  })

  it("is unknown, when an earlier attempt may have reached the backend", () => {
    const { fail, outcomes } = withCall(true, 1)
    fail("sg:1:1", lost)
    fail("sg:1:2", unsent)
    fail("sg:1:3", unsent)
    assert.deepStrictEqual(tags(outcomes), ["Unknown"])
  })

  it("is not sent again when the backend wants other credentials", () => {
    const { calls, fail, outcomes } = withCall()
    fail("sg:1:1", { reason: "wants a token", sent: false, authentication: true })
    assert.deepStrictEqual(tags(outcomes), ["NotSent"])
    assert.strictEqual(calls(), 1)
  })

  it("changes nothing when an older connection says so (INV-17)", () => {
    const { fail, later, outcomes, tell, up } = withCall()
    tell({ _tag: "Exited", epoch: 1, reason: "gone" })
    later(10_000)
    up(2)
    const next = callOf("new")
    tell({ _tag: "Call", addressed: next.addressed })
    fail("sg:1:1", lost, 1)
    assert.deepStrictEqual([tags(outcomes), tags(next.outcomes)], [["Unknown"], []])
  })
})

describe("a session that the other side forgot", () => {
  const expired = [
    { _tag: "Lost", epoch: 1, reason: "session expired", renewable: true, unsent: ["sg:1:1"] },
    { _tag: "Exited", epoch: 1, reason: "ended" }
  ] as const

  it("is opened anew at once, and what it refused goes out on the new one: once", () => {
    const { actor, calls, later, outcomes, tell, up } = withCall()
    later(renewableAfterMillis)
    for (const message of expired) tell(message)
    assert.deepStrictEqual([actor.life._tag, actor.restarts, calls()], ["Starting", 0, 1])
    up(2)
    assert.strictEqual(calls(), 2)
    tell({ _tag: "Inbound", epoch: 2, frames: ['{"jsonrpc":"2.0","id":"sg:2:1","result":{}}'] })
    assert.deepStrictEqual(tags(outcomes), ["Completed"])
  })

  it("is an ordinary loss, with its delay and its count, when it had not stood for long (INV-13)", () => {
    const { actor, later, tell } = withCall()
    later(renewableAfterMillis - 1)
    tell(...expired)
    assert.strictEqual(actor.life._tag, "Backoff")
  })
})

describe("a backend whose credentials are refused at its start", () => {
  it("is parked, waits for others, and tries at once when they are there", () => {
    const { actor, awaited, tell } = standing()
    actor.start()
    tell({ _tag: "StartFailed", epoch: 1, reason: "wants a token", authentication: true })
    assert.deepStrictEqual(awaited, ["Parked"])
    tell({ _tag: "Exited", epoch: 1, reason: "ended" })
    assert.strictEqual(actor.life._tag, "Parked")
    tell({ _tag: "Wake" })
    assert.strictEqual(actor.life._tag, "Starting")
  })

  it("waits for none when something else is wrong", () => {
    const { actor, awaited, tell } = standing()
    actor.start()
    tell({ _tag: "StartFailed", epoch: 1, reason: "broken", authentication: false })
    assert.deepStrictEqual([actor.life._tag, awaited], ["Backoff", []])
  })
})

describe("a server of the other era in the place of the one that shook hands", () => {
  const launch = {
    type: "http",
    url: "http://127.0.0.1:9/mcp",
    transport: "auto",
    headers: {},
    allowedAddresses: [],
    oauth: undefined
  } as const
  const probed = (by: Peer, error: { readonly code: number; readonly message: string }, http = true) => {
    const stage = standing(http ? { ...specOf("a"), launch } : specOf("a"))
    stage.actor.start()
    stage.up(1, by)
    stage.later(60_000)
    stage.tell({ _tag: "Due", keys: ["probe"] })
    const [id] = /sg:1:\d+/.exec(stage.written.at(-1) ?? "") ?? []
    stage.tell({ _tag: "Inbound", epoch: 1, frames: [JSON.stringify({ jsonrpc: "2.0", id, error })] })
    return stage.actor.life._tag
  }
  const modern: Peer = { ...peer, dialect: { ...peer.dialect, era: "stateless", version: "2026-07-28" } }

  it("is found by the probe, and the handshake is made again", () => {
    assert.strictEqual(probed(modern, { code: -32600, message: "Mcp-Session-Id is missing" }), "Backoff")
    assert.strictEqual(probed(peer, { code: -32602, message: "_meta is missing" }), "Backoff")
  })

  it("is not taken for one that has no ping, is in trouble, or is a process", () => {
    assert.strictEqual(probed(peer, { code: -32601, message: "no such method" }), "Ready")
    assert.strictEqual(probed(modern, { code: -32603, message: "out of order" }), "Ready")
    assert.strictEqual(probed(modern, { code: -32600, message: "bad" }, false), "Ready")
  })
})
