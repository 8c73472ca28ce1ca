import { refusalCodes } from "../../domain/Outcome.ts"
import type { Promised, RunView } from "../Check.ts"
import { objectIn, textIn } from "../Message.ts"
import type { CallRecord } from "../Observation.ts"

/** Whose a call is, as the gateway can tell: lone clients of one principal are one to it. */
interface Owner {
  readonly principal: string
  readonly session: string
}

/** What the checks of fairness look at: the backends that clients share, and the calls that wait for one. */
const shareOf = ({ gateway, scenario, world }: RunView) => {
  const plans = new Map(scenario.clients.map((plan) => [plan.name, plan]))
  const shared = new Map(
    scenario.backends.flatMap(({ spec }) => (spec.isolation === "shared" ? [[spec.name, spec] as const] : []))
  )
  const ownerOf = ({ client }: CallRecord): Owner => {
    const { kind, principal = "" } = plans.get(client) ?? { kind: "lone" }
    return { principal, session: kind === "lone" ? `lone ${principal}` : client }
  }
  /** Since when all backends were up or failed once: before that, calls wait elsewhere for what those may offer. */
  let settled: { readonly of: ReturnType<typeof gateway>; at: number } = { of: undefined, at: Infinity }
  const instant = (at: number) => {
    const running = gateway()
    if (running !== settled.of) settled = { of: running, at: Infinity }
    if (settled.at === Infinity && running?.units.every((unit) => unit.settled) === true) settled.at = at
  }
  /** Whether a call that was not sent so far was waiting before this instant. */
  const isInQueue = ({ askedAt }: { readonly askedAt: number }, at: number) => Math.max(askedAt, settled.at) < at
  /** Whose the other calls are that were never sent there. */
  const waitingAt = ({ backend, canary }: CallRecord) => {
    const owners: Array<Owner & { readonly askedAt: number }> = []
    for (const call of world.oldest()) {
      if (call.backend !== backend || call.written.length > 0 || call.canary === canary) continue
      owners.push({ ...ownerOf(call), askedAt: call.askedAt })
    }
    return owners
  }
  return { shared, ownerOf, waitingAt, isInQueue, instant, mostTurns: scenario.clients.length + 1 }
}

/** Those who wait for one connection take turns, however much each has put in. */
export const turnsGoRound: Promised = {
  invariant: 42,
  name: "nobody has turn after turn while somebody else waits",
  check: (run, fail) => {
    const { instant, isInQueue, mostTurns, ownerOf, shared, waitingAt } = shareOf(run)
    /** By backend and by whose turn has not come: the turns that each of the others has had meanwhile. */
    const waits = new Map<string, Map<string, number>>()
    const hadItsTurn = (call: CallRecord) => void waits.delete(`${call.backend} ${ownerOf(call).session}`)
    const written = (call: CallRecord, at: number) => {
      hadItsTurn(call)
      // An HTTP request is seen when it arrives, and those of one turn overtake each other.
      if (shared.get(call.backend)?.launch.type !== "stdio") return
      const { session } = ownerOf(call)
      const waiting = waitingAt(call).filter((owner) => isInQueue(owner, at))
      for (const other of new Set(waiting.map((owner) => owner.session))) {
        if (other === session) continue
        const key = `${call.backend} ${other}`
        const turns = waits.get(key) ?? new Map<string, number>()
        const count = (turns.get(session) ?? 0) + 1
        waits.set(key, turns.set(session, count))
        if (count > mostTurns)
          fail(`${session} has had ${count} turns at ${call.backend} while ${other} waited for one`)
      }
    }
    return {
      instant,
      saw: (seen, at) => {
        if (seen._tag === "Written" && seen.call !== undefined) written(seen.call, at)
        else if (seen._tag === "Cancelled" || seen._tag === "Replied") hadItsTurn(seen.call)
      }
    }
  }
}

/** Where there is no more room to wait, who has most waiting gives way. */
export const roomIsShared: Promised = {
  invariant: 42,
  name: "nobody is refused for want of room while somebody else has more calls waiting",
  check: (run, fail) => {
    const { instant, isInQueue, ownerOf, shared, waitingAt } = shareOf(run)
    const refused = (call: CallRecord, at: number) => {
      const newcomer = ownerOf(call)
      const waiting = waitingAt(call)
      // What was put in just now may not have been counted yet.
      const older = waiting.filter((owner) => isInQueue(owner, at))
      for (const { principal, session } of older) {
        const isOwn = principal === newcomer.principal
        const isTheirs = (owner: Owner) => (isOwn ? owner.session === session : owner.principal === principal)
        const isOwns = (owner: Owner) =>
          isOwn ? owner.session === newcomer.session : owner.principal === newcomer.principal
        const [theirs, own] = [older.filter(isTheirs).length, waiting.filter(isOwns).length]
        if (theirs <= own + 1) continue
        return fail(
          `${newcomer.session} is refused at ${call.backend} with ${own} waiting, and ${session} has ${theirs}`
        )
      }
    }
    return {
      instant,
      saw: (seen, at) => {
        if (seen._tag !== "Replied" || seen.call.written.length > 0) return
        const error = objectIn(seen.message, "error")
        const isOverloaded = error["code"] === refusalCodes.overloaded
        const backend = textIn(objectIn(error, "data"), "backend")
        // What was sent before, and waits to be repeated, can't give way.
        // An HTTP request that was let through may wait for its connection.
        const spec = shared.get(backend)
        if (isOverloaded && spec?.retries === 0 && spec.launch.type === "stdio") refused(seen.call, at)
      }
    }
  }
}
