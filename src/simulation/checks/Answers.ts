import { refusalCodes } from "../../domain/Outcome.ts"
import type { Promised } from "../Check.ts"
import { objectIn } from "../Message.ts"
import type { CallRecord, LineRecord } from "../Observation.ts"
import { WireIds } from "../WireIds.ts"
import { launchedBy } from "../Scenario.ts"

/** Milliseconds that an answer may be on its way, also in pieces, and behind others that come in pieces. */
const onItsWayMillis = 3_000

/** What a server answered a call, and when it began to write it. */
interface Answer {
  readonly line: LineRecord
  readonly at: number
}

/** Whoever answers in time has answered: the gateway may not have missed it. */
export const answersArrive: Promised = {
  invariant: 1,
  name: "a call that was answered in time is not ended by its deadline",
  check: ({ scenario, world }, fail) => {
    // Over HTTP an answer may be cut off on its way, and only the server knows how far it was.
    const stdio = launchedBy(scenario, "stdio")
    const ids = new WireIds()
    const answers = new WeakMap<CallRecord, Answer>()
    const over = new WeakSet<LineRecord>()
    const written = (line: LineRecord, text: string, call: CallRecord) => {
      ids.written(line, text, call)
      answers.delete(call)
    }
    const sent = (line: LineRecord, text: string, at: number) => {
      const call = ids.answered(line, text)
      if (call !== undefined) answers.set(call, { line, at: at - world.asleep })
    }
    const late = (call: CallRecord, at: number) => {
      const answer = answers.get(call)
      // What asks the client something first is no end of a call.
      if (call.givenBack !== undefined) return
      if (answer === undefined || over.has(answer.line) || !world.alive.has(answer.line)) return
      const millis = at - world.asleep - answer.at
      if (millis > onItsWayMillis) fail(`${call.canary} ends by its deadline ${millis} ms after it was answered`)
    }
    return {
      saw: (seen, at) => {
        if (seen._tag === "Over") over.add(seen.line)
        else if (seen._tag === "Replied" && isLate(seen.call)) late(seen.call, at)
        else if ((seen._tag === "Written" || seen._tag === "Sent") && stdio.has(seen.line.backend)) {
          if (seen._tag === "Sent") sent(seen.line, seen.text, at)
          else if (seen.call !== undefined) written(seen.line, seen.text, seen.call)
        }
      }
    }
  }
}

const isLate = ({ replies }: CallRecord): boolean =>
  objectIn(replies.at(-1)?.message, "error")["code"] === refusalCodes.deadlineExceeded
