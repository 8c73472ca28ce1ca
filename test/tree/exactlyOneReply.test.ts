import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { isJsonObject } from "../../src/domain/Json.ts"
import { isReply, objectIn } from "../fixtures/envelope.ts"
import { play, retries, script, type Made, type Played } from "./callScripts.ts"
import { holdsInTrees } from "../fixtures/property.ts"

/** How often the bytes of a call reached any backend. */
const timesSent = ({ backends }: Played, { text }: Made): number =>
  backends.flatMap(({ frames }) => frames).filter((frame) => frame.includes(text)).length

/** What the reply says is known about the call; a backend's own reply says nothing and means that it did it. */
const certaintyOf = ({ client, id }: Made): string => {
  const error = client.reply(id)["error"]
  const certainty = isJsonObject(error) ? objectIn(error, "data")["certainty"] : undefined
  return typeof certainty === "string" ? certainty : "done"
}

const checkReplies = (played: Played): void => {
  for (const made of played.made) {
    const { cancelled, client, id } = made
    assert.strictEqual(
      client.repliesTo(id).length,
      cancelled ? 0 : 1,
      `replies to ${id}${cancelled ? ", cancelled" : ""}`
    )
  }
  for (const client of played.clients) {
    const own = new Set(played.made.filter((made) => made.client === client).map(({ text }) => text))
    for (const canary of client.texts.join("").match(/canary \d+\./g) ?? []) assert.include([...own], canary)
    const replies = client.messages.filter((message) => isReply(message))
    const asked = played.made.filter((made) => made.client === client && !made.cancelled).length
    assert.strictEqual(replies.length, asked + 1, "no reply is for nobody; one is for the opening")
  }
}

const checkSent = (played: Played): void => {
  for (const made of played.made) {
    const sent = timesSent(played, made)
    assert.isAtMost(sent, made.again ? 1 + retries : 1, `${made.text} was sent too often`)
    if (made.cancelled) continue
    const certainty = certaintyOf(made)
    if (certainty === "not_sent") assert.strictEqual(sent, 0, `${made.text} was sent, its reply denies it`)
    else assert.isAbove(sent, 0, `${made.text} was never sent, its reply says ${certainty}`)
  }
}

const checkRest = ({ backends, tree }: Played): void => {
  assert.strictEqual(tree.gateway.status()["running"], 0)
  for (const unit of tree.gateway.units) {
    const { circuit, holding, queued, sent } = unit.shared.view?.inFlight ?? {}
    assert.deepStrictEqual({ holding, queued, sent }, { holding: 0, queued: 0, sent: 0 })
    assert.isFalse(circuit?._tag === "HalfOpen" && circuit.probing, "a permit was never given back")
  }
  for (const { mostAlive } of backends) assert.isAtMost(mostAlive, 1)
  assert.deepStrictEqual(
    tree.logs.filter((line) => line.startsWith("Error")),
    []
  )
}

describe("every call, whatever happens to it", () => {
  it("INV-1 ends in exactly one reply, at its originator, or none if it was cancelled", () =>
    holdsInTrees(script, (steps) => Effect.map(play(steps), checkReplies), 150))

  it("INV-3 is sent at most once unless it may be repeated, and its reply tells the truth about it", () =>
    holdsInTrees(script, (steps) => Effect.map(play(steps), checkSent), 150))

  it("INV-25 gives back what it held: permits, places, the one connection", () =>
    holdsInTrees(script, (steps) => Effect.map(play(steps), checkRest), 100))
})
