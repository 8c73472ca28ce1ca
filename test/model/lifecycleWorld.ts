import assert from "node:assert/strict"
import type { RestartSettings } from "../../src/domain/BackendSpec.ts"
import type { LifecycleCommand, LifecycleEvent, LifecycleState } from "../../src/machine/Life.ts"
import * as Lifecycle from "../../src/machine/Lifecycle.ts"

/** One event, and what it brought. */
export interface WorldMove {
  readonly event: LifecycleEvent
  readonly now: number
  readonly before: LifecycleState
  readonly after: LifecycleState
  readonly commands: ReadonlyArray<LifecycleCommand>
  /** For when the one timer is set; a timer that went off is set no more. */
  readonly timer: number | undefined
}

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

  send(event: LifecycleEvent, random: number): WorldMove {
    const before = this.state
    if (event._tag === "Exited") this.#live.delete(event.epoch)
    const { commands, state } = Lifecycle.step(before, event, { settings: this.settings, now: this.now, random })
    for (const command of commands) this.#carryOut(command)
    this.state = state
    const move = { event, now: this.now, before, after: state, commands, timer: this.timer }
    this.moves.push(move)
    return move
  }

  /** The timer goes off. */
  ring(random: number): WorldMove {
    this.timer = undefined
    return this.send({ _tag: "Due" }, random)
  }

  #carryOut(command: LifecycleCommand) {
    switch (command._tag) {
      case "Connect":
        assert.equal(this.#live.size, 0, "INV-12: a connection was opened while another was there")
        assert.ok(command.epoch > this.#lastEpoch, "INV-17: an epoch came twice")
        this.#lastEpoch = command.epoch
        this.#live.add(command.epoch)
        return
      case "Disconnect":
        assert.ok(this.#live.has(command.epoch), "a connection was ended that was not there")
        assert.ok(!this.#told.has(command.epoch), "a connection was ended twice")
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

/** What a connection may say of itself; `Refused`: its credentials were, `Expired`: it only has to be opened anew. */
export const reports = [
  "Started",
  "StartFailed",
  "Refused",
  "Exited",
  "Expired",
  "Unhealthy",
  "Violated",
  "Drained"
] as const

export type Report = (typeof reports)[number]

export const reportOf = (report: Report, epoch: number): LifecycleEvent => {
  const reason = `${report} ${epoch}`
  switch (report) {
    case "Started":
    case "Drained":
      return { _tag: report, epoch }
    case "StartFailed":
      return { _tag: "StartFailed", epoch, reason, authentication: false }
    case "Refused":
      return { _tag: "StartFailed", epoch, reason, authentication: true }
    case "Expired":
      return { _tag: "Exited", epoch, reason, renewable: true }
    default:
      return { _tag: report, epoch, reason }
  }
}
