import type { Promised, RunView } from "../Check.ts"
import { refusalCodes } from "../../domain/Outcome.ts"
import { objectIn, readMessage, textIn } from "../Message.ts"
import type { CallRecord, LineRecord } from "../Observation.ts"
import { slotOf } from "../Slots.ts"
import { launchedBy } from "../Scenario.ts"

/** Milliseconds in which a server that works on a call is told that nobody wants it any more. */
const promptMillis = 1

/** The id of a request, in the reply to it. */
const replyPattern = /^{"jsonrpc":"2.0","id":"([^"]*)","(?:result|error)"/

/** A request on its way to a server. */
interface Sending {
  readonly line: LineRecord
  readonly id: string
}

interface Expected extends Sending {
  readonly call: CallRecord
  readonly at: number
}

/** What a client gives up, and what took too long, the server need not go on with. */
export const cancelsReachServers: Promised = {
  invariant: 1,
  name: "a server that works on a call is told when it is cancelled, or its deadline has passed",
  check: ({ gateway, scenario, world }, fail) => {
    // Over HTTP the end of the request says so, in one of the eras.
    const overHttp = launchedBy(scenario, "http")
    const sendings = new WeakMap<CallRecord, Sending>()
    const over = new WeakSet<LineRecord>()
    /** Ids of requests that a line was told to leave, or has answered. */
    const settled = new WeakMap<LineRecord, Set<string>>()
    const settle = (line: LineRecord, id: string) => void settled.set(line, (settled.get(line) ?? new Set()).add(id))
    const isSettled = ({ id, line }: Sending) => settled.get(line)?.has(id) === true
    const expected: Array<Expected> = []
    const stands = (line: LineRecord) => world.alive.has(line) && !over.has(line) && !overHttp.has(line.backend)
    const expect = (call: CallRecord, at: number) => {
      const sending = sendings.get(call)
      if (sending === undefined || call.isAway === true || !stands(sending.line) || isSettled(sending)) return
      expected.push({ ...sending, call, at })
    }
    const written = (line: LineRecord, text: string, call: CallRecord | undefined) => {
      if (call !== undefined) sendings.set(call, { line, id: textIn(readMessage(text), "id") })
      if (text.includes("notifications/cancelled"))
        settle(line, textIn(objectIn(readMessage(text), "params"), "requestId"))
    }
    return {
      saw: (seen, at) => {
        if (seen._tag === "Over") over.add(seen.line)
        else if (seen._tag === "Cancelled") expect(seen.call, at)
        else if (seen._tag === "Replied" && isLate(seen.message)) expect(seen.call, at)
        else if (seen._tag === "Written") written(seen.line, seen.text, seen.call)
        else if (seen._tag === "Sent") settle(seen.line, replyPattern.exec(seen.text)?.[1] ?? "")
      },
      instant: (at) => {
        for (let first = expected[0]; first !== undefined && at - first.at > promptMillis; first = expected[0]) {
          expected.shift()
          if (!stands(first.line) || isSettled(first) || isEnding(gateway(), first.line)) continue
          fail(`#${first.line.line} was not told that nobody waits for ${first.id} (${first.call.canary}) any more`)
        }
      }
    }
  }
}

/** Its session is over, or the gateway, and its process is told to end, which says more. */
const isEnding = (gateway: ReturnType<RunView["gateway"]>, line: LineRecord): boolean => {
  if (gateway === undefined) return true
  const slot = slotOf(gateway, line)
  return slot !== undefined && [...slot.unit.stopping].some(({ backend }) => backend === slot.backend)
}

const isLate = (message: CallRecord["replies"][number]["message"]): boolean =>
  objectIn(message, "error")["code"] === refusalCodes.deadlineExceeded
