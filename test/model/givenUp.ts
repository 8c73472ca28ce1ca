import * as Effect from "effect/Effect"
import * as fc from "fast-check"
import assert from "node:assert/strict"
import { BackendActor } from "../../src/backend/BackendActor.ts"
import type { BackendEvents } from "../../src/backend/BackendEvents.ts"
import type { BackendHands } from "../../src/backend/BackendHands.ts"
import type { BackendMessage } from "../../src/backend/BackendMessage.ts"
import { backendDefaults } from "../../src/domain/BackendSpec.ts"
import type { BackendSpec } from "../../src/domain/BackendSpec.ts"
import type { AddressedCall, Call } from "../../src/domain/Call.ts"
import type { Outcome } from "../../src/domain/Outcome.ts"
import type { Request } from "../../src/domain/Request.ts"
import { makeStateSeal } from "../../src/protocol/RequestState.ts"
import { command, modelOf } from "./sequences.ts"

/** One backend that is not up, and what became of the calls to it, in words. */
interface Backend {
  readonly actor: BackendActor
  readonly ends: Array<string>
  readonly waiting: Array<AddressedCall>
}

interface Real extends Backend {
  readonly reached: Set<string>
}

/** Whose a call is: two principals, the first with two sessions. */
const owners = ["ann 1", "ann 2", "bob 1"] as const
type Owner = (typeof owners)[number]

const named = (name: string, run: (without: Backend, withThem: Backend) => void) =>
  command<Backend, Real>(name, (without, withThem) => {
    run(without, withThem)
    const after = `after "${name}"`
    assert.deepEqual(withThem.ends, without.ends, `INV-1: ${after} other calls end otherwise`)
    const seen = ({ actor: { inFlight, life } }: Backend) => [life._tag, inFlight.queued, inFlight.sent]
    assert.deepEqual(seen(withThem), seen(without), `INV-1: ${after} the backend is otherwise`)
  })

const put = ({ actor, waiting }: Backend, addressed: AddressedCall): void => {
  waiting.push(addressed)
  actor.receive([{ _tag: "Call", addressed }])
}

const call = (owner: Owner) =>
  named(`a call of ${owner}`, (...both) => {
    for (const backend of both) put(backend, callOf(owner, backend))
  })

/** Control overtakes calls, so the cancellation is there before what it cancels. */
const callGivenUp = (owner: Owner) =>
  named(`a call of ${owner} that is given up at once`, (_, { actor }) => {
    const addressed = callOf(owner, { ends: [] })
    const batch: ReadonlyArray<BackendMessage> = [
      { _tag: "Cancel", call: addressed.call },
      { _tag: "Call", addressed }
    ]
    actor.receive(batch)
  })

const cancel = (pick: number) =>
  named(`cancel call ${pick}`, (...both) => {
    for (const { actor, waiting } of both) {
      const [gone] = waiting.splice(pick % Math.max(1, waiting.length), 1)
      if (gone !== undefined) actor.receive([{ _tag: "Cancel", call: gone.call }])
    }
  })

const callOf = (owner: Owner, { ends }: Pick<Backend, "ends">): AddressedCall => {
  const [principal = "", sessionId = ""] = owner.split(" ")
  let hasEnded = false
  const one: Call = {
    request: { ...request, principal: { id: principal }, sessionId },
    get ended() {
      return hasEnded
    },
    holder: undefined,
    settle: (outcome: Outcome) => {
      if (!hasEnded) ends.push(`${owner}: ${outcome._tag}`)
      hasEnded = true
    },
    cancel: () => undefined,
    progress: () => undefined,
    log: () => false
  }
  return { call: one, params: {}, repeatable: false }
}

const request: Omit<Request, "principal" | "sessionId"> = {
  method: "tools/call",
  params: {},
  scope: undefined,
  era: "stateful",
  capabilities: {},
  clientInfo: undefined,
  progressToken: undefined,
  logLevel: undefined
}

/** Two may wait: the third has somebody give way. */
const spec: BackendSpec = {
  ...backendDefaults,
  name: "model",
  launch: { type: "stdio", command: "", args: [], env: {}, secrets: [], envPass: [], cwd: undefined },
  prefix: "",
  idempotentTools: [],
  bounds: { ...backendDefaults.boundsStdio, inFlight: 1, queued: 2 }
}

const hands: BackendHands = {
  now: () => 0,
  random: () => 0.5,
  setTimer: () => undefined,
  clearTimer: () => undefined,
  connect: () => Effect.void,
  disconnect: () => undefined,
  awaitCredentials: () => Effect.void,
  relist: () => Effect.void
}

const events: BackendEvents = {
  onCatalog: () => undefined,
  onLife: () => undefined,
  onResourceUpdated: () => undefined,
  onQuestion: () => undefined,
  onNotice: () => undefined
}

const seal = makeStateSeal()

const idle = (): Backend => ({ actor: new BackendActor(spec, seal, hands, events), ends: [], waiting: [] })

const owner = fc.constantFrom(...owners)

/** A backend against its twin, which never hears of the calls that were given up before they came to it. */
export const givenUp = modelOf<undefined, Backend, Real>({
  name: "givenUp",
  invariants: [1, 42],
  settings: fc.constant(undefined),
  command: fc.oneof(
    { weight: 3, arbitrary: owner.map(call) },
    { weight: 3, arbitrary: owner.map(callGivenUp) },
    { weight: 1, arbitrary: fc.nat({ max: 5 }).map(cancel) }
  ),
  begin: (_, reached) => ({ model: idle(), real: { ...idle(), reached } }),
  end: ({ actor, ends }, { reached }) => {
    reached.add(actor.life._tag)
    if (ends.some((each) => each.endsWith("NotSent"))) reached.add("more than may wait")
  }
})
