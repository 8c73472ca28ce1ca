import type { CallRecord, LineRecord, Observation } from "./Observation.ts"
import { describe } from "./Observation.ts"
import type { Trace } from "./Trace.ts"
import type { VirtualTime } from "./VirtualTime.ts"

/** Finds the canary of a call in whatever text it travels. */
const canaryPattern = /canary-\d+-\d+/

/**
 * How long a call that has ended is known, milliseconds, where not all are kept. Long enough to see what is still written
 * of it; and one that a server may still have to read is known for longer.
 */
export const endedMillis = 600_000

/** Who looks at what happens. */
export interface Watcher {
  readonly saw?: (seen: Observation, at: number) => void
}

/** The outside of the gateway in one run: all calls and all lines, and everything that was seen of them, in order. */
export class World {
  /** All calls; without `keepsCalls`, those that may still matter. */
  readonly calls = new Map<string, CallRecord>()
  /** Lines whose process, or session, is alive. */
  readonly alive = new Set<LineRecord>()
  readonly #time: VirtualTime
  readonly #trace: Trace
  readonly #watchers: ReadonlyArray<Watcher>
  /** Calls without an outcome, the oldest first. */
  readonly #open = new Set<CallRecord>()
  /** Calls that are to be forgotten, in the order of their ends; `undefined`: none is. */
  readonly #ended: Map<CallRecord, number> | undefined
  /** How long the machine has slept, milliseconds: nothing could happen meanwhile. */
  asleep = 0
  #lines = 0

  constructor(time: VirtualTime, trace: Trace, watchers: ReadonlyArray<Watcher>, keepsCalls = true) {
    this.#time = time
    this.#trace = trace
    this.#watchers = watchers
    this.#ended = keepsCalls ? undefined : new Map()
  }

  get now(): number {
    return this.#time.now
  }

  readonly saw = (seen: Observation): void => {
    this.#trace.add(describe(this.#time.now, seen))
    if (seen._tag === "Asked") this.#open.add(seen.call)
    else if (seen._tag === "Replied" || seen._tag === "Cancelled") this.#hasEnded(seen.call)
    for (const watcher of this.#watchers) watcher.saw?.(seen, this.#time.now)
  }

  asked(call: CallRecord): void {
    this.calls.set(call.canary, call)
    this.saw({ _tag: "Asked", call })
  }

  /** A line stands from now on. */
  opened(backend: string, session: string | undefined): LineRecord {
    const line: LineRecord = { line: ++this.#lines, backend, session }
    this.alive.add(line)
    this.saw({ _tag: "Opened", line })
    return line
  }

  written(line: LineRecord, text: string): void {
    const call = this.#callIn(text)
    call?.written.push({ line: line.line, at: this.now })
    this.saw({ _tag: "Written", line, text, call })
  }

  /** A server begins to work on a call. */
  arrived(line: LineRecord, canary: string): void {
    const call = this.calls.get(canary)
    if (call === undefined) throw new Error(`a server got a call that nobody made: ${canary}`)
    call.arrived.push({ line: line.line, at: this.now })
    this.saw({ _tag: "Arrived", line, call })
  }

  /** A server of the stateless era asks before it works on a call, which is nothing to it until it comes again. */
  givenBack(line: LineRecord, canary: string): void {
    const call = this.calls.get(canary)
    if (call === undefined) return
    call.givenBack = (call.givenBack ?? 0) + 1
    this.saw({ _tag: "GivenBack", line, call })
  }

  /** A server goes on with a call whose client was asked. */
  resumed(line: LineRecord, canary: string, fault: string | undefined): void {
    const call = this.calls.get(canary)
    if (call === undefined) throw new Error(`a server got a call back that nobody made: ${canary}`)
    call.resumed = (call.resumed ?? 0) + 1
    this.saw({ _tag: "Resumed", line, call, fault })
  }

  /** The process is gone. */
  gone(line: LineRecord, how: string): void {
    if (this.alive.delete(line)) this.saw({ _tag: "Gone", line, how })
  }

  /** The gateway is told that a line is over. */
  over(line: LineRecord): void {
    this.saw({ _tag: "Over", line })
  }

  /** Calls that have no outcome yet, the oldest first. */
  oldest(): Iterable<CallRecord> {
    return this.#open
  }

  /** Those of them that were last written to this line. */
  *open(line: number): Generator<CallRecord> {
    for (const call of this.#open) if (call.written.at(-1)?.line === line) yield call
  }

  #hasEnded(call: CallRecord): void {
    this.#open.delete(call)
    if (this.#ended === undefined) return
    this.#ended.set(call, this.now)
    for (const [old, at] of this.#ended) {
      if (this.now - at < endedMillis) return
      this.#ended.delete(old)
      // A process that is stopped reads it when it goes on.
      if (this.#isUnread(old)) this.#ended.set(old, this.now)
      else this.calls.delete(old.canary)
    }
  }

  #isUnread({ arrived, resumed = 0, written }: CallRecord): boolean {
    if (arrived.length + resumed >= written.length) return false
    const lines = new Set(written.map(({ line }) => line))
    for (const { line } of this.alive) if (lines.has(line)) return true
    return false
  }

  #callIn(text: string): CallRecord | undefined {
    const [canary] = canaryPattern.exec(text) ?? []
    return canary === undefined ? undefined : this.calls.get(canary)
  }
}
