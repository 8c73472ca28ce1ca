import { assert, describe, it } from "@effect/vitest"
import { Backend, transitCapacity } from "../../src/backend/Backend.ts"
import { backendDefaults } from "../../src/domain/BackendSpec.ts"
import { refusalCodes } from "../../src/domain/Outcome.ts"
import { batchMessages } from "../../src/kernel/Mailbox.ts"
import { waitingRequests } from "../../src/gateway/Patience.ts"
import { makeStateSeal } from "../../src/protocol/RequestState.ts"
import { specOf } from "../tree/memoryGateway.ts"
import { callOf } from "./byHand.ts"

const nothing = (): undefined => undefined

/** A backend whose actor has not been started: nobody takes what is on its way. */
const idle = (bounds: { readonly inFlight: number; readonly queued: number }) =>
  new Backend({
    spec: specOf("a", { bounds: { ...backendDefaults.boundsStdio, ...bounds } }),
    slot: { backend: "a", session: undefined },
    capabilities: {},
    identity: { name: "sentinel-gateway", version: "0" },
    seal: makeStateSeal(),
    events: {
      onCatalog: nothing,
      onLife: nothing,
      onResourceUpdated: nothing,
      onQuestion: nothing,
      onNotice: nothing
    }
  })

/** Offers calls until one is refused; how many were taken. */
const fill = (backend: Backend): number => {
  for (let taken = 0; ; taken++) {
    const { addressed, outcomes } = callOf(`${taken}`)
    backend.offer(addressed)
    const [outcome] = outcomes
    if (outcome === undefined) continue
    assert.strictEqual(outcome._tag === "NotSent" ? outcome.refusal.code : 0, refusalCodes.overloaded)
    return taken
  }
}

describe("calls on their way to a backend", () => {
  it("INV-32 have so many places, and one more is refused", () => {
    assert.strictEqual(fill(idle({ inFlight: 16, queued: 64 })), transitCapacity)
    assert.strictEqual(fill(idle({ inFlight: 100, queued: 1_000 })), 1_100)
  })

  it("have more places than the router puts down in one turn", () => {
    assert.isAbove(transitCapacity, batchMessages + waitingRequests)
  })
})
