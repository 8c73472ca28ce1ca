import { garbageLinesAllowed } from "../../backend/Connection.ts"
import type { BackendSpec } from "../../domain/BackendSpec.ts"
import type { Promised } from "../Check.ts"
import type { LineRecord } from "../Observation.ts"
import type { Scenario } from "../Scenario.ts"
import { slotName } from "../Slots.ts"

/** Milliseconds until what was sent has arrived, also behind frames that come in pieces, and has been judged. */
const judgedMillis = 5_000

/** Who breaks the protocol or its bounds is not listened to any more. */
export const violatorsEnd: Promised = {
  invariant: 32,
  name: "a connection ends over a frame that is too large, half a message, or too much that is none",
  check: ({ scenario, world }, fail) => {
    const judge = judgeOf(scenario)
    const broken = new Map<LineRecord, number>()
    return {
      saw: (seen, at) => {
        if (seen._tag === "Over" || seen._tag === "Gone") broken.delete(seen.line)
        if (seen._tag !== "Sent" || broken.has(seen.line)) return
        if (judge(seen.line, seen.text)) broken.set(seen.line, at - world.asleep)
      },
      instant: (at) => {
        for (const [line, since] of broken) {
          if (at - world.asleep - since <= judgedMillis) return
          broken.delete(line)
          fail(`${slotName(line)} #${line.line} broke the protocol and is still there`)
        }
      }
    }
  }
}

/** Faults by which a process seems to hang, or is too slow for its probes. */
const hanging = /"_tag":"(?:Stop|CloseOutput|Pieces)"|"how":"slow"/

/** Who is slow, says something in between, or leaves calls without an answer, is not killed for that. */
export const nobodyIsKilledInVain: Promised = {
  invariant: 38,
  name: "only what hangs or breaks the protocol is killed",
  check: ({ scenario, world }, fail) => {
    const judge = judgeOf(scenario)
    const broken = new WeakSet<LineRecord>()
    const mayHang = new Set<string>()
    const crashedAt = new Map<string, number>()
    return {
      saw: (seen, at) => {
        if (seen._tag === "Fault" && hanging.test(seen.what)) mayHang.add(seen.backend)
        else if (seen._tag === "Fault" && seen.what.includes('"_tag":"Crash"')) crashedAt.set(seen.backend, at)
        else if (seen._tag === "Sent" && judge(seen.line, seen.text)) broken.add(seen.line)
        if (seen._tag !== "Gone" || seen.how !== killed || broken.has(seen.line) || world.asleep > 0) return
        const { backend, line } = seen.line
        if (mayHang.has(backend) || crashedAt.get(backend) === at) return
        fail(`${slotName(seen.line)} #${line} was killed, and did nothing for it`)
      }
    }
  }
}

/** What is said of a process that the gateway killed, or somebody else. */
const killed = "killed by SIGKILL"

/** Tells whether something that a process sends breaks the protocol, alone or with what it sent before. */
const judgeOf = ({ backends }: Scenario) => {
  const garbage = new WeakMap<LineRecord, number>()
  // Over HTTP what is no message does not get as far as that.
  const specs = new Map(backends.map(({ spec }) => [spec.name, spec.launch.type === "stdio" ? spec : undefined]))
  return (line: LineRecord, text: string): boolean => {
    const spec = specs.get(line.backend)
    if (spec === undefined) return false
    const kind = kindOf(text, spec)
    const lines = (garbage.get(line) ?? 0) + (kind === "garbage" ? 1 : 0)
    garbage.set(line, lines)
    return kind === "violation" || lines > garbageLinesAllowed
  }
}

const kindOf = (text: string, { bounds }: BackendSpec): "message" | "garbage" | "violation" => {
  if (Buffer.byteLength(text) > bounds.frameBytes) return "violation"
  if (isJson(text)) return "message"
  return text.startsWith("{") ? "violation" : "garbage"
}

const isJson = (text: string): boolean => {
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}
