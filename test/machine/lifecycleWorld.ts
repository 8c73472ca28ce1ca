import { assert } from "@effect/vitest"
import * as fc from "fast-check"
import type { RestartSettings } from "../../src/domain/BackendSpec.ts"
import type { LifecycleCommand, LifecycleEvent, LifecycleState } from "../../src/machine/Life.ts"
import * as Lifecycle from "../../src/machine/Lifecycle.ts"
import { random } from "../fixtures/property.ts"

/**
 * What can happen to a backend. `natural`: what would come next by itself, the timer or the connection's next report,
 * `late` by that much; `bad` picks the unlucky of the two (a call that does not end, when draining). The others come at any moment, fitting or not; `back` names
 * an older epoch.
 */
export type WorldOp =
  | { readonly op: "natural"; readonly bad: boolean; readonly late: number; readonly random: number }
  | { readonly op: "hand"; readonly event: "Start" | "Due" | "Wake" | "Drain" | "Stop"; readonly random: number }
  | { readonly op: "report"; readonly event: Report; readonly back: number; readonly random: number }
  | { readonly op: "wait"; readonly millis: number }

type Report = "Started" | "StartFailed" | "Refused" | "Exited" | "Expired" | "Unhealthy" | "Violated" | "Drained"

export interface WorldMove {
  readonly event: LifecycleEvent
  readonly now: number
  readonly before: LifecycleState
  readonly after: LifecycleState
  readonly commands: ReadonlyArray<LifecycleCommand>
  /** The time of the last `WakeAt`. */
  readonly timer: number | undefined
}

export const restartSettings: fc.Arbitrary<RestartSettings> = fc.record({
  onExit: fc.constantFrom(true, true, true, false),
  baseMillis: fc.integer({ min: 1, max: 100 }),
  factor: fc.constantFrom(1, 2),
  capMillis: fc.integer({ min: 100, max: 400 }),
  jitter: fc.constantFrom(0, 0.2, 0.9),
  intensity: fc.integer({ min: 0, max: 4 }),
  windowMillis: fc.integer({ min: 1, max: 2_000 }),
  stableMillis: fc.integer({ min: 0, max: 500 }),
  slowRetryMillis: fc.integer({ min: 1, max: 3_000 })
})

const late = fc.constantFrom(0, 0, 3, 500)
const report = fc.constantFrom<Report>(
  "Started",
  "StartFailed",
  "Refused",
  "Exited",
  "Expired",
  "Unhealthy",
  "Violated",
  "Drained"
)

const firstStart: ReadonlyArray<WorldOp> = [{ op: "hand", event: "Start", random: 0 }]

/** `hands`: what may come by hand; `Start` is always the first. */
export const worldOps = (
  hands: ReadonlyArray<"Start" | "Due" | "Wake" | "Drain" | "Stop">
): fc.Arbitrary<ReadonlyArray<WorldOp>> =>
  fc
    .array(
      fc.oneof(
        {
          weight: 10,
          arbitrary: fc.record({
            op: fc.constant("natural" as const),
            bad: fc.constantFrom(true, true, false),
            late,
            random
          })
        },
        {
          weight: 2,
          arbitrary: fc.record({ op: fc.constant("hand" as const), event: fc.constantFrom(...hands), random })
        },
        {
          weight: 4,
          arbitrary: fc.record({
            op: fc.constant("report" as const),
            event: report,
            back: fc.constantFrom(0, 0, 0, 1, 2),
            random
          })
        },
        {
          weight: 2,
          arbitrary: fc.record({ op: fc.constant("wait" as const), millis: fc.integer({ min: 0, max: 40_000 }) })
        }
      ),
      { maxLength: 60, size: "max" }
    )
    .map((ops) => firstStart.concat(ops))

/**
 * A shell around the machine that does what it is told, and checks what every shell relies on: never two connections
 * (INV-12), epochs that only grow, one `Disconnect` for a connection that is there.
 */
export class World {
  state = Lifecycle.initial
  now = 0
  timer: number | undefined = undefined
  readonly moves: Array<WorldMove> = []
  readonly settings: RestartSettings
  readonly #live = new Set<number>()
  readonly #told = new Set<number>()
  #lastEpoch = 0

  constructor(settings: RestartSettings) {
    this.settings = settings
  }

  send(event: LifecycleEvent, random: number) {
    const before = this.state
    if (event._tag === "Exited") this.#live.delete(event.epoch)
    const { commands, state } = Lifecycle.step(before, event, { settings: this.settings, now: this.now, random })
    for (const command of commands) this.#carryOut(command)
    this.state = state
    this.moves.push({ event, now: this.now, before, after: state, commands, timer: this.timer })
  }

  play(op: WorldOp) {
    switch (op.op) {
      case "wait":
        this.now += op.millis
        return
      case "hand":
        return this.send({ _tag: op.event }, op.random)
      case "report":
        return this.send(reportOf(op.event, Math.max(0, this.state.epoch - op.back)), op.random)
      case "natural":
        return this.#natural(op.bad, op.late, op.random)
    }
  }

  #natural(bad: boolean, late: number, random: number) {
    const { connection, epoch, life } = this.state
    this.now += late
    if (connection === "ending") return this.send(reportOf("Exited", epoch), random)
    switch (life._tag) {
      case "Starting":
        return this.send(reportOf(bad ? "StartFailed" : "Started", epoch), random)
      case "Ready":
        return bad ? this.send(reportOf("Exited", epoch), random) : undefined
      case "Draining":
        return bad ? undefined : this.send(reportOf("Drained", epoch), random)
      case "Backoff":
      case "Parked":
      case "Quarantined":
        if (life.until === undefined) return
        this.now = Math.max(this.now, life.until + late)
        return this.send({ _tag: "Due" }, random)
      default:
        return
    }
  }

  #carryOut(command: LifecycleCommand) {
    switch (command._tag) {
      case "Connect":
        assert.strictEqual(this.#live.size, 0, "INV-12: a connection was opened while another was there")
        assert.isAbove(command.epoch, this.#lastEpoch, "an epoch came twice")
        this.#lastEpoch = command.epoch
        this.#live.add(command.epoch)
        return
      case "Disconnect":
        assert.isTrue(this.#live.has(command.epoch), "a connection was ended that was not there")
        assert.isFalse(this.#told.has(command.epoch), "a connection was ended twice")
        this.#told.add(command.epoch)
        return
      case "WakeAt":
        this.timer = command.at
        return
      case "Announce":
        return
    }
  }
}

const reportOf = (event: Report, epoch: number): LifecycleEvent => {
  const reason = `${event} ${epoch}`
  switch (event) {
    case "Started":
    case "Drained":
      return { _tag: event, epoch }
    case "StartFailed":
      return { _tag: "StartFailed", epoch, reason, authentication: false }
    case "Refused":
      return { _tag: "StartFailed", epoch, reason, authentication: true }
    case "Expired":
      return { _tag: "Exited", epoch, reason, renewable: true }
    default:
      return { _tag: event, epoch, reason }
  }
}

/** Plays all of it and returns the world it left behind. */
export const played = (settings: RestartSettings, ops: ReadonlyArray<WorldOp>): World => {
  const world = new World(settings)
  for (const op of ops) world.play(op)
  return world
}
