import * as Effect from "effect/Effect"
import type { Transport, TransportEvents } from "../backend/Transport.ts"
import { LineFramer } from "../protocol/Framing.ts"
import type { LineRecord } from "./Observation.ts"
import type { BadStart } from "./Scenario.ts"
import { ServerSession } from "./ServerSession.ts"
import type { Delivery, ServerLine } from "./ServerLine.ts"
import type { SimulatedServer } from "./SimulatedServer.ts"

/** How long a byte is in a pipe, until a process runs after its start, and until the end of one is noticed. */
const pipeMillis = 0.05
const startMillis = 40
const noticeMillis = 0.1

/** What a pipe holds of what its reader does not read. */
const pipeBytes = 65_536

/** How long a process takes to end that is asked to, and one that has to be killed (design, "Supervision tree"). */
const endMillis = 5
const killMillis = 4_000

/** Sums of times that are equal may differ by so much. */
const roundingMillis = 0.001

/** Pieces of a reply that comes in pieces. */
const pieces = 5

/** A server's process and its pipes, as the gateway's stdio transport has them: bytes out, frames in. */
export class SimulatedProcess implements Transport, ServerLine {
  readonly record: LineRecord
  readonly pid = undefined
  readonly #server: SimulatedServer
  readonly #events: TransportEvents
  readonly #framer: LineFramer
  readonly #session: ServerSession
  #isAlive = true
  #isOver = false
  #isMuted = false
  #isKilled = false
  #onGone: (() => void) | undefined
  #unread = 0
  #goneAt = Infinity
  /** When what was written so far has come through the pipe. */
  #outAt = 0
  readonly #startedAt: number

  constructor(server: SimulatedServer, record: LineRecord, events: TransportEvents, bad: BadStart | undefined) {
    this.record = record
    this.#server = server
    this.#events = events
    this.#framer = new LineFramer(server.plan.spec.bounds.frameBytes)
    this.#session = new ServerSession(server, this, bad)
    this.#startedAt = server.time.now + startMillis
  }

  readonly write = (text: string): void => {
    if (this.#isOver) return
    const { time, world } = this.#server
    // The pipe takes it, also when nobody is there any more to read it.
    world.written(this.record, text)
    if (!this.#isAlive) return
    this.#unread += text.length
    const millis = Math.max(pipeMillis, this.#startedAt - time.now)
    time.after(millis, () => {
      this.#unread -= text.length
      if (this.#isAlive) this.#session.receive(text)
    })
  }

  readonly backlogBytes = (): number => Math.max(0, this.#unread - pipeBytes)

  readonly stderr = (): ReadonlyArray<string> => []

  readonly isHeard = (): boolean => true

  readonly kill = (): void => {
    this.#isKilled = true
    this.die("killed by SIGKILL")
  }

  mention(text: string): void {
    this.deliver(text, undefined)
  }

  deliver(text: string, _about: string | undefined, { millis = 0, share = 1 }: Delivery = {}): void {
    if (!this.#isAlive || this.#isMuted) return
    const { time, world } = this.#server
    world.saw({ _tag: "Sent", line: this.record, text })
    const whole = Buffer.from(`${text}\n`)
    const bytes = whole.subarray(0, Math.floor(whole.length * share))
    const count = millis > 0 ? pieces : 1
    const size = Math.max(1, Math.ceil(bytes.length / count))
    const pause = millis / count
    for (let start = 0; start < bytes.length; start += size) {
      // A pipe keeps its order: what comes later comes after this.
      this.#outAt = Math.max(time.now + pipeMillis, this.#outAt + (start === 0 ? 0 : pause))
      const writtenAt = this.#outAt - pipeMillis
      const piece = bytes.subarray(start, start + size)
      time.after(this.#outAt - time.now, () => {
        if (writtenAt <= this.#goneAt + roundingMillis) this.#read(piece)
      })
    }
    if (share >= 1) return
    if (millis === 0) this.die("killed by SIGSEGV")
    else time.after(this.#outAt - pipeMillis - time.now, () => this.die("killed by SIGSEGV"))
  }

  die(how: string): void {
    if (!this.#isAlive) return
    this.#isAlive = false
    this.#session.end()
    const { time, world } = this.#server
    world.gone(this.record, how)
    this.#onGone?.()
    this.#goneAt = time.now
    // What it wrote before is read first.
    const millis = Math.max(noticeMillis, Math.min(this.#outAt - time.now, pipeMillis) + pipeMillis)
    time.after(millis, () => this.#over(how))
  }

  mute(): void {
    if (this.#isMuted || !this.#isAlive) return
    this.#isMuted = true
    const { time } = this.#server
    time.after(Math.max(noticeMillis, this.#outAt - time.now + pipeMillis), () =>
      this.#over("closed its standard output")
    )
  }

  /** The gateway lets go of it. It takes its time, unless it goes by itself meanwhile. */
  readonly stopped: Effect.Effect<void> = Effect.callback<void>((resume) => {
    const ended = () => {
      this.#onGone = undefined
      this.die("was stopped")
      this.#over("was stopped")
      resume(Effect.void)
    }
    if (!this.#isAlive || this.#isKilled) return ended()
    const slow = this.#server.faults.takeStop()
    const cancel = this.#server.time.after(this.#session.isStopped ? killMillis : Math.max(endMillis, slow), ended)
    this.#onGone = () => {
      cancel()
      ended()
    }
  })

  #over(reason: string): void {
    if (this.#isOver) return
    this.#isOver = true
    this.#server.world.over(this.record)
    this.#events.onExit({ reason })
  }

  #read(bytes: Buffer): void {
    if (this.#isOver) return
    const frames: Array<string> = []
    let oversize: number | undefined
    this.#framer.push(
      bytes,
      (frame) => void frames.push(frame),
      (size) => {
        oversize = size
      }
    )
    if (frames.length > 0) this.#events.onFrames(frames)
    if (oversize !== undefined) this.#events.onOversize(oversize)
  }
}
