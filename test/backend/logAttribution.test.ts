import { assert, describe, it } from "@effect/vitest"
import type { BackendSpec } from "../../src/domain/BackendSpec.ts"
import { specOf } from "../tree/memoryGateway.ts"
import { callOf, standing } from "./byHand.ts"
import { httpSpec } from "./httpServer.ts"

/** A backend with calls of two sessions under way; `logged`: who heard what. */
const twoSessions = (shared: BackendSpec, isolation: BackendSpec["isolation"] = "shared") => {
  const backend = standing({ ...shared, isolation })
  backend.actor.start()
  backend.up(1)
  const logged: Array<string> = []
  const call = (sessionId: string) => {
    const { addressed } = callOf(sessionId)
    const request = { ...addressed.call.request, sessionId }
    const heard = (params: Record<string, unknown>) => {
      logged.push(`${sessionId} ${String(params["data"])}`)
      return true
    }
    backend.tell({ _tag: "Call", addressed: { ...addressed, call: { ...addressed.call, request, log: heard } } })
    const { id }: { id: string } = JSON.parse(backend.written.at(-1) ?? "{}")
    return id
  }
  const log = (data: string, about?: string) => {
    const frame = JSON.stringify({ jsonrpc: "2.0", method: "notifications/message", params: { level: "info", data } })
    backend.tell({ _tag: "Inbound", epoch: 1, frames: [frame], about })
  }
  const answer = (id: string) =>
    backend.tell({
      _tag: "Inbound",
      epoch: 1,
      frames: [JSON.stringify({ jsonrpc: "2.0", id, result: {} })]
    })
  return { answer, call, log, logged, noticed: () => backend.notices.length }
}

const http = httpSpec("https://example.test/mcp")

describe("INV-17 a log message", () => {
  it("goes to the call with whose answer it came, whoever else has calls there", () => {
    const { call, log, logged } = twoSessions(http)
    const ann = call("ann")
    const bob = call("bob")
    log("of ann", ann)
    log("of bob", bob)
    assert.deepStrictEqual(logged, ["ann of ann", "bob of bob"])
  })

  it("goes to nobody when that call is over", () => {
    const { answer, call, log, logged } = twoSessions(http)
    const ann = call("ann")
    call("bob")
    answer(ann)
    log("late", ann)
    assert.deepStrictEqual(logged, [])
  })

  it("goes to nobody over HTTP where it came by a way of its own, and may be of a call that is over", () => {
    const { answer, call, log, logged } = twoSessions(http)
    const ann = call("ann")
    answer(ann)
    call("bob")
    log("of ann or bob")
    assert.deepStrictEqual(logged, [])
  })

  it("goes to the only session that ever had calls there, over HTTP as well", () => {
    const { answer, call, log, logged } = twoSessions(http)
    answer(call("ann"))
    call("ann")
    log("of ann")
    assert.deepStrictEqual(logged, ["ann of ann"])
  })

  it("with the answer to the gateway's own request is for whoever has the connection", () => {
    const own = twoSessions(httpSpec("https://example.test/mcp"), "session")
    own.call("ann")
    own.log("of the server", "sg:1:999")
    assert.deepStrictEqual([own.logged, own.noticed()], [[], 1])
    const shared = twoSessions(http)
    shared.call("ann")
    shared.log("of anybody", "sg:1:999")
    assert.deepStrictEqual([shared.logged, shared.noticed()], [[], 0])
  })

  it("keeps its place among the answers on a pipe: what comes now is of a call that runs", () => {
    const { answer, call, log, logged } = twoSessions(specOf("a"))
    const ann = call("ann")
    answer(ann)
    call("bob")
    log("of bob")
    assert.deepStrictEqual(logged, ["bob of bob"])
  })
})
