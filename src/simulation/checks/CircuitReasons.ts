import type { Backend } from "../../backend/Backend.ts"
import { refusalCodes } from "../../domain/Outcome.ts"
import type { JsonObject } from "../../domain/Json.ts"
import type { Phase } from "../../machine/Circuit.ts"
import { jsonRpcCodes } from "../../protocol/JsonRpcCodes.ts"
import type { Promised } from "../Check.ts"
import { objectIn, readMessage } from "../Message.ts"
import type { CallRecord, LineRecord } from "../Observation.ts"
import { eachSlot, nameOf, slotName } from "../Slots.ts"
import { WireIds } from "../WireIds.ts"
import { launchedBy } from "../Scenario.ts"

/** So long may what a server says be on its way, milliseconds. */
const pipeMillis = 1

/** What the end of a call says of its backend, as a person would read it off the reply. */
const verdictOf = (message: JsonObject, isSite = false): "success" | "failure" | "lost" | "nothing" => {
  if (message["error"] === undefined) return "success"
  const { code } = objectIn(message, "error")
  const isFailure = code === jsonRpcCodes.internalError || code === refusalCodes.deadlineExceeded
  // Over HTTP a call may be lost alone, while its line stands.
  if (isSite && (code === refusalCodes.connectionLost || code === refusalCodes.unavailable)) return "lost"
  return isFailure ? "failure" : "nothing"
}

/** What was seen of one slot since its circuit was closed. */
interface Ledger {
  phase: Phase
  /** Since when it is closed. */
  closedAt: number
  /** Failures without a success between them. */
  consecutive: number
  /** When there was one of either the last time. */
  failedAt: number
  succeededAt: number
}

const isOf = (slot: string, backend: string): boolean => slot === backend || slot.startsWith(`${backend} of `)

/** A circuit opens by failures, as soon as there are enough of them in a row, and closes by successes. */
export const circuitReasons: Promised = {
  invariant: 24,
  name: "only failures open a circuit, as many in a row as are allowed always do, and only successes close it",
  check: ({ gateway, scenario }, fail) => {
    const sites = launchedBy(scenario, "http")
    const slots = new Map<number, string>()
    const ledgers = new Map<string, Ledger>()
    /** Given back with a question, and not written anew since: no server has anything of these in hand. */
    const back = new WeakSet<CallRecord>()
    /** When a call was answered whose client may be away: the circuit knows then, the client when it is back. */
    const answeredAt = new WeakMap<CallRecord, number>()
    const ids = new WireIds()
    const of = (name: string): Ledger => {
      const known = ledgers.get(name)
      if (known !== undefined) return known
      const ledger: Ledger = { phase: "Closed", closedAt: -1, consecutive: 0, failedAt: -1, succeededAt: -1 }
      ledgers.set(name, ledger)
      return ledger
    }
    /** It may not have got as far as a line. */
    const siteFailed = (backend: string, at: number) => {
      for (const [name, ledger] of ledgers) if (isOf(name, backend)) ledger.failedAt = at
    }
    const ended = (call: CallRecord, verdict: ReturnType<typeof verdictOf>, at: number) => {
      if (sites.has(call.backend) && (verdict === "lost" || verdict === "failure")) siteFailed(call.backend, at)
      const written = call.written.at(-1)
      const name = slots.get(written?.line ?? 0)
      if (written === undefined || name === undefined) return
      const ledger = of(name)
      if (verdict === "failure") ledger.failedAt = at
      if (verdict === "success") ledger.succeededAt = at
      // What was sent before it closed counts no more, and a repeat that was not sent says nothing of the backend.
      if (ledger.phase !== "Closed" || written.at <= ledger.closedAt || back.has(call)) return
      if (at - (answeredAt.get(call) ?? at) > pipeMillis) return
      if (verdict === "failure") ledger.consecutive++
      if (verdict === "success") ledger.consecutive = 0
    }
    const said = (line: LineRecord, text: string, at: number) => {
      const ledger = of(slotName(line))
      if (text.includes(`"code":${jsonRpcCodes.internalError}`)) ledger.failedAt = at
      else if (text.includes(" of canary-") && text.includes('"result"')) ledger.succeededAt = at
      const call = ids.answered(line, text)
      if (call?.asked === undefined || call.cancelledAt !== undefined || call.replies.length > 0) return
      answeredAt.set(call, at)
      // A failure is counted when its client hears of it, if that is at once.
      if (verdictOf(readMessage(text)) === "success") ended(call, "success", at)
    }
    const look = (slot: Backend, at: number) => {
      const ledger = ledgers.get(nameOf(slot))
      if (ledger === undefined) return
      const phase = slot.view?.inFlight.circuit._tag ?? "Closed"
      const { circuit } = slot.settings.spec
      if (phase !== ledger.phase) {
        // Where a call is repeated, nobody else sees that it failed.
        const isHidden = slot.settings.spec.launch.type === "http" && slot.settings.spec.retries > 0
        if (phase === "Open" && at - ledger.failedAt > pipeMillis && !isHidden)
          fail(`the circuit of ${nameOf(slot)} opened, and nothing has failed`)
        if (phase === "Closed" && at - ledger.succeededAt > pipeMillis)
          fail(`the circuit of ${nameOf(slot)} closed, and nothing succeeded`)
        ledger.phase = phase
        ledger.closedAt = at
        ledger.consecutive = 0
      } else if (phase === "Closed" && ledger.consecutive >= circuit.threshold) {
        fail(`the circuit of ${nameOf(slot)} is closed after ${ledger.consecutive} failures in a row`)
      }
    }
    return {
      saw: (seen, at) => {
        if (seen._tag === "Opened") slots.set(seen.line.line, slotName(seen.line))
        else if (seen._tag === "Over") {
          // Whatever becomes of its calls now, their permits are back.
          slots.delete(seen.line.line)
          of(slotName(seen.line)).failedAt = at
        } else if (seen._tag === "Replied") ended(seen.call, verdictOf(seen.message, sites.has(seen.call.backend)), at)
        // Of a call that was given up nobody else sees how it ends.
        else if (seen._tag === "Fault" && sites.has(seen.backend)) siteFailed(seen.backend, at)
        // A client that is away to answer hears of it later than the circuit does.
        else if (seen._tag === "Sent") said(seen.line, seen.text, at)
        else if (seen._tag === "Written" && seen.call !== undefined) {
          ids.written(seen.line, seen.text, seen.call)
          answeredAt.delete(seen.call)
          back.delete(seen.call)
        } else if (seen._tag === "GivenBack") {
          // To ask is to answer.
          ended(seen.call, "success", at)
          back.add(seen.call)
        }
      },
      instant: (at) => eachSlot(gateway(), (_unit, slot) => look(slot, at)),
      ended: () => {
        ledgers.clear()
        slots.clear()
      }
    }
  }
}
