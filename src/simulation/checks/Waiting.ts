import type { BackendUnit } from "../../gateway/BackendUnit.ts"
import type { Check, Promised, RunView } from "../Check.ts"
import { eachSlot, nameOf } from "../Slots.ts"

/** Who waits has a reason to. */
export const nobodyWaitsInVain: Promised = {
  invariant: 42,
  name: "no call waits where there is room, nor for a backend that is down for longer",
  check: ({ gateway }, fail) => ({
    instant: () =>
      eachSlot(gateway(), ({ spec }, slot) => {
        const { connection, inFlight, life } = slot.view ?? nobody
        if (inFlight === undefined || inFlight.queued === 0) return
        const { queued, sent } = inFlight
        if (life?._tag === "Ready" && connection !== undefined && sent < spec.bounds.inFlight) {
          fail(`${nameOf(slot)} has ${sent} calls in flight and room for more, and ${queued} are waiting`)
        }
        if (life?._tag === "Quarantined" || life?._tag === "Parked") {
          fail(`${nameOf(slot)} is ${life._tag}, and ${queued} calls are waiting for it`)
        }
      })
  })
}

const nobody = { connection: undefined, inFlight: undefined, life: undefined }

/** Instants between two looks: each goes over all open calls. */
const pauseInstants = 8

/** Calls of one backend that have no outcome yet. Whose client was asked something may be anywhere between the two. */
interface Open {
  all: number
  unasked: number
}

/** Compares the calls that each backend has in hand with those that its clients wait for, now and then. */
const compare = ({ gateway, world }: RunView, judge: (inHand: InHand, open: Open, backend: string) => void): Check => {
  let instants = 0
  const look = () => {
    const open = new Map<string, Open>()
    for (const { asked = 0, backend } of world.oldest()) {
      const { all, unasked } = open.get(backend) ?? none
      open.set(backend, { all: all + 1, unasked: asked > 0 ? unasked : unasked + 1 })
    }
    const units = gateway()?.units ?? []
    // As long as one was neither up nor failed, calls of what it may come to offer wait elsewhere.
    if (units.some(({ settled }) => !settled)) return
    for (const unit of units) {
      const inHand = inHandOf(unit)
      if (inHand !== undefined) judge(inHand, open.get(unit.spec.name) ?? none, unit.spec.name)
    }
  }
  return { instant: () => (++instants % pauseInstants === 0 ? look() : undefined) }
}

/** A call that has no outcome yet is in flight or waiting. */
export const noCallIsLost: Promised = {
  invariant: 1,
  name: "a backend has every call in hand that a client waits for",
  check: (run, fail) =>
    compare(run, ({ calls }, { all, unasked }, backend) => {
      if (calls < unasked) fail(`${backend} has ${calls} calls in hand, and clients wait for ${all}`)
    })
}

/** What is in flight or waiting is a call without an outcome: those that have ended have given their place back. */
export const noPlaceIsLost: Promised = {
  invariant: 25,
  name: "a backend has no call in hand that no client waits for",
  check: (run, fail) =>
    compare(run, ({ calls, held }, { all }, backend) => {
      if (calls - held > all) fail(`${backend} has ${calls} calls in hand, and clients wait for ${all}`)
    })
}

const none: Open = { all: 0, unasked: 0 }

interface InHand {
  calls: number
  /** Of these, for clients that may never come back. */
  held: number
}

/** The calls that a backend has in hand; `undefined`: some may be elsewhere, because a connection is not started yet. */
const inHandOf = ({ shared, slots, stopping }: BackendUnit): InHand | undefined => {
  const inHand: InHand = { calls: 0, held: 0 }
  for (const { view } of [shared, ...[...slots.values(), ...stopping].map(({ backend }) => backend)]) {
    if (view === undefined) return undefined
    const { holding, queued, sent } = view.inFlight
    inHand.calls += sent + queued
    inHand.held += holding
  }
  return inHand
}
