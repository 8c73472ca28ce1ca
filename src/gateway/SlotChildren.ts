import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Refusals from "../backend/Refusals.ts"
import { Connector } from "../backend/Transport.ts"
import { refusalCodes } from "../domain/Outcome.ts"
import type { Refusal } from "../domain/Outcome.ts"
import type { Launch } from "../kernel/Launcher.ts"
import type { Mailbox } from "../kernel/Mailbox.ts"
import type { Supervisor } from "../kernel/Supervisor.ts"
import type { BackendUnit, SessionSlot } from "./BackendUnit.ts"
import type { RouterHands } from "./RouterHands.ts"
import type { RouterMessage } from "./RouterMessage.ts"
import { askAgainMillis } from "./Unlisted.ts"

/** How long a connection waits for the end of the one whose place it takes. Then it is refused. */
export const handOverMillis = 5_000

/** Under whom they run, and who hears of them. */
export interface SlotChildrenSettings {
  readonly connector: Connector["Service"]
  readonly supervisor: Supervisor
  readonly launch: Launch<never>
  readonly mailbox: Mailbox<RouterMessage>
}

/** Where the child of one slot is. */
interface Course {
  /** It runs: there may be a process. */
  up: boolean
  stopping: boolean
  readonly ended: Deferred.Deferred<void>
}

/**
 * The connections of single sessions as children of the supervisor. The router hears of each that was stopped when its
 * child has really ended, however long that takes, and of each that could not be started; then its calls are refused.
 */
export class SlotChildren implements Pick<RouterHands, "startSlot" | "stopSlot"> {
  readonly #around: SlotChildrenSettings
  readonly #courses = new WeakMap<SessionSlot, Course>()

  constructor(around: SlotChildrenSettings) {
    this.#around = around
  }

  readonly startSlot: RouterHands["startSlot"] = (unit, slot, after) => {
    if (after === undefined) return this.#start(unit, slot)
    return Effect.sync(() => this.#around.launch(`hand-over to ${nameOf(unit, slot)}`, this.#follow(unit, slot, after)))
  }

  readonly stopSlot: RouterHands["stopSlot"] = (unit, slot) =>
    Effect.sync(() => {
      const name = nameOf(unit, slot)
      const course = this.#courseOf(slot)
      course.stopping = true
      // When it is late the supervisor does not wait any more; then `ended` is heard of from the child itself.
      const stopped = Effect.andThen(
        this.#around.supervisor.remove(name),
        Effect.sync(() => {
          if (!course.up) this.#ended(unit, slot, course)
        })
      )
      this.#around.launch(`stop of ${name}`, stopped)
    })

  #follow(unit: BackendUnit, slot: SessionSlot, after: SessionSlot): Effect.Effect<void> {
    const ended = Deferred.await(this.#courseOf(after).ended)
    return ended.pipe(
      Effect.timeout(handOverMillis),
      Effect.andThen(this.#start(unit, slot)),
      Effect.catchTag("TimeoutError", () =>
        Effect.sync(() => this.#refuse(unit, slot, "the one before it has not ended"))
      ),
      Effect.onInterrupt(() => Effect.sync(() => slot.backend.refuse(Refusals.stopping(unit.spec.name))))
    )
  }

  #start(unit: BackendUnit, slot: SessionSlot): Effect.Effect<void> {
    return Effect.suspend(() => {
      const course = this.#courseOf(slot)
      if (course.stopping) return Effect.void
      const { connector, supervisor } = this.#around
      const up = Effect.sync(() => {
        course.up = true
      })
      // The first finalizer is the last to run: by then its processes are gone.
      const down = Effect.sync(() => {
        course.up = false
        if (course.stopping) this.#ended(unit, slot, course)
      })
      const life = Effect.acquireRelease(up, () => down).pipe(Effect.andThen(slot.backend.run))
      return supervisor
        .add<never, never>({
          name: nameOf(unit, slot),
          restart: "permanent",
          start: Effect.provideService(life, Connector, connector)
        })
        .pipe(
          Effect.catch((refused) =>
            Effect.andThen(
              Effect.logError(refused.message),
              Effect.sync(() => this.#refuse(unit, slot, "it was not started"))
            )
          )
        )
    })
  }

  #refuse(unit: BackendUnit, slot: SessionSlot, why: string): void {
    slot.backend.refuse(noConnection(unit.spec.name, why))
    this.#around.mailbox.tellVital({ _tag: "SlotRefused", unit, slot })
  }

  #ended(unit: BackendUnit, slot: SessionSlot, { ended }: Course): void {
    if (!Deferred.doneUnsafe(ended, Exit.void)) return
    slot.backend.refuse(Refusals.stopping(unit.spec.name))
    this.#around.mailbox.tellVital({ _tag: "SlotEnded", unit, slot })
  }

  #courseOf(slot: SessionSlot): Course {
    const known = this.#courses.get(slot)
    if (known !== undefined) return known
    const course: Course = { up: false, stopping: false, ended: Deferred.makeUnsafe() }
    this.#courses.set(slot, course)
    return course
  }
}

const nameOf = (unit: BackendUnit, { backend }: SessionSlot): string =>
  `${unit.spec.name}/${backend.settings.slot.session ?? ""}`

const noConnection = (backend: string, why: string): Refusal => ({
  code: refusalCodes.overloaded,
  message: `backend "${backend}" has no connection for this session: ${why}; try again shortly`,
  backend,
  retryAfterMs: askAgainMillis.full
})
