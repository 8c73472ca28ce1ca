import { assert, describe, it } from "@effect/vitest"
import type { Peer } from "../../src/backend/Handshake.ts"
import { isJsonObject, type JsonObject } from "../../src/domain/Json.ts"
import { specOf } from "../tree/memoryGateway.ts"
import { callOf, peer, standing } from "./byHand.ts"

const modern: Peer = { ...peer, dialect: { ...peer.dialect, era: "stateless", version: "2026-07-28" } }
const capabilities = { elicitation: {} }

/** A stateful backend has asked something in the middle of a call; its client is away, and the connection goes. */
const heldAndLost = () => {
  const stage = standing(specOf("a", { isolation: "session" }))
  stage.actor.start()
  stage.up(1)
  const { addressed, outcomes } = callOf("pay", false, { capabilities })
  stage.tell({ _tag: "Call", addressed })
  const question = { jsonrpc: "2.0", id: "q", method: "elicitation/create", params: { message: "sure?" } }
  stage.tell({ _tag: "Inbound", epoch: 1, frames: [JSON.stringify(question)] })
  const [asked] = outcomes
  const requestState = asked?._tag === "Completed" ? asked.result["requestState"] : undefined
  if (typeof requestState !== "string") throw new Error("the client was not asked")
  stage.tell({ _tag: "Lost", epoch: 1, reason: "exited", renewable: false, unsent: [] })
  stage.tell({ _tag: "Exited", epoch: 1, reason: "exited" })
  const repeat = (): ReturnType<typeof callOf> => {
    const params: JsonObject = { requestState, inputResponses: { q1: { action: "accept" } } }
    const again = callOf("pay", false, { capabilities, params })
    stage.tell({ _tag: "Call", addressed: again.addressed })
    return again
  }
  const calls = () => stage.written.map((frame) => JSON.parse(frame)).filter(isCall)
  return { ...stage, calls, repeat }
}

const isCall = (message: unknown): boolean => isJsonObject(message) && message["method"] === "tools/call"

const tags = ({ outcomes }: ReturnType<typeof callOf>) => outcomes.map(({ _tag }) => _tag)

describe("the repeat of a call whose backend is gone since", () => {
  it("is told that the outcome is unknown, and is not carried out again, though a server of the other era is there now (INV-3)", () => {
    const { calls, later, repeat, up } = heldAndLost()
    later(10_000)
    up(2, modern)
    assert.deepStrictEqual(tags(repeat()), ["Unknown"])
    assert.lengthOf(calls(), 1)
    // Its handle is used up, and still ours: it never reaches a backend.
    assert.deepStrictEqual(tags(repeat()), ["Unknown"])
    assert.lengthOf(calls(), 1)
  })

  it("is told so too while there is none, and when it is quarantined (INV-16)", () => {
    const { actor, later, repeat, tell } = heldAndLost()
    for (let epoch = 2; actor.life._tag !== "Quarantined"; epoch++) {
      later(35_000)
      tell({ _tag: "StartFailed", epoch, reason: "broken", authentication: false })
      tell({ _tag: "Exited", epoch, reason: "broken" })
      if (epoch > 100) throw new Error(`it is ${actor.life._tag}`)
    }
    assert.deepStrictEqual(tags(repeat()), ["Unknown"])
  })
})
