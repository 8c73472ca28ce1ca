import * as Cause from "effect/Cause"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import type * as Fiber from "effect/Fiber"
import * as Random from "effect/Random"
import * as Scope from "effect/Scope"
import type { BackendSpec } from "../domain/BackendSpec.ts"
import type { AddressedCall, Call } from "../domain/Call.ts"
import type { JsonObject } from "../domain/Json.ts"
import { refusalCodes } from "../domain/Outcome.ts"
import type { Refusal } from "../domain/Outcome.ts"
import type { LogLevel } from "../domain/Request.ts"
import * as Actor from "../kernel/Actor.ts"
import * as DeadlineTimer from "../kernel/DeadlineTimer.ts"
import { forkIn } from "../kernel/Fork.ts"
import * as Mailbox from "../kernel/Mailbox.ts"
import { BackendActor } from "./BackendActor.ts"
import type { BackendHands } from "./BackendHands.ts"
import type { BackendMessage, TimerKey } from "./BackendMessage.ts"
import type { BackendSettings } from "./BackendSettings.ts"
import { listCatalog } from "./CatalogListing.ts"
import { runLink } from "./Link.ts"
import { Connector } from "./Transport.ts"
import * as Refusals from "./Refusals.ts"

/**
 * Calls on their way to a backend have at least so many places, more than the router puts down in one batch: who may
 * wait is decided by whose turn it is (`InFlight`), not by who comes first to a full mailbox.
 */
export const transitCapacity = 512

/** Messages that control a backend wait in a lane of this size; frames come through it as well, a read at a time. */
export const controlCapacity = 4_096

/**
 * A backend as the rest of the gateway knows it: a mailbox to put calls in, and what can be seen of it. It outlives
 * its actor: when the supervisor starts the actor anew, the same handle leads to the new one.
 */
export class Backend {
  readonly settings: BackendSettings
  #mailbox: Mailbox.Mailbox<BackendMessage>
  #actor: BackendActor | undefined

  constructor(settings: BackendSettings) {
    this.settings = settings
    this.#mailbox = mailboxFor(settings.spec)
  }

  /** What there is to see: life, health, circuit, calls. Undefined before the first start. */
  get view(): BackendActor | undefined {
    return this.#actor
  }

  /** Puts a call in the mailbox, also before the first start; `flush` delivers it. A full one settles it at once. */
  offer(addressed: AddressedCall): void {
    if (this.#mailbox.offer({ _tag: "Call", addressed })) return
    const { bounds, name } = this.settings.spec
    const refusal = this.#mailbox.closed
      ? Refusals.unavailable(name, "it is being started again", 1_000)
      : Refusals.overloaded(name, bounds.inFlight, bounds.queued)
    addressed.call.settle(Refusals.notSent(refusal))
  }

  /** It is not started, or never again: whoever waits for it is told, and so is everybody from now on. */
  refuse(refusal: Refusal): void {
    for (const message of this.#mailbox.close()) {
      if (message._tag === "Cancel") message.call.settle({ _tag: "Cancelled", sent: false })
      else if (message._tag === "Call") message.addressed.call.settle(Refusals.notSent(refusal))
    }
  }

  /** Delivers what was offered, on the caller's turn. */
  flush(): void {
    this.#mailbox.flush()
  }

  cancel(call: Call): void {
    this.#control({ _tag: "Cancel", call })
  }
  /** Delivered by `flush`, so that many at once are told to the backend at once. */
  watch(uri: string, on: boolean): void {
    this.#mailbox.offerUrgent({ _tag: "Watch", uri, on })
  }
  logLevel(level: LogLevel): void {
    this.#control({ _tag: "LogLevel", level })
  }
  tell(method: string, params: JsonObject): void {
    this.#control({ _tag: "Tell", method, params })
  }
  drain(): void {
    this.#mailbox.tellVital({ _tag: "Drain" })
  }

  #control(message: BackendMessage): boolean {
    return this.#mailbox.tellUrgent(message)
  }

  /** The life of the actor: runs until interrupted, fails if the actor dies. For the supervisor. */
  readonly run: Effect.Effect<void, never, Connector | Scope.Scope> = Effect.gen({ self: this }, function* () {
    const { events, seal, slot, spec } = this.settings
    // Closed after the actor has been told: what ends with it is no loss then.
    const scope = yield* Scope.fork(yield* Effect.scope)
    const connector = yield* Connector
    if (this.#mailbox.closed) this.#mailbox = mailboxFor(spec)
    const mailbox = this.#mailbox
    const name = slot.session === undefined ? `backend ${spec.name}` : `backend ${spec.name} of ${slot.session}`
    const clock = yield* Clock.Clock
    const random = yield* Random.Random
    const timer = yield* DeadlineTimer.make<TimerKey>(`timer of ${name}`, (keys) => {
      mailbox.tellVital({ _tag: "Due", keys })
    })
    const links = new Map<number, Fiber.Fiber<void>>()
    let awaiting = false
    const hands: BackendHands = {
      now: () => Number(clock.monotonicTimeNanosUnsafe()) / 1_000_000,
      random: () => random.nextDoubleUnsafe(),
      setTimer: timer.add,
      clearTimer: timer.remove,
      connect: (epoch, probe) => {
        const link = runLink({
          settings: this.settings,
          connector,
          mailbox,
          epoch,
          probe,
          events: actor.unasked
        })
        const ended = (exit: Exit.Exit<void>) => {
          links.delete(epoch)
          mailbox.tellVital({
            _tag: "Exited",
            epoch,
            reason: Exit.isSuccess(exit) ? "ended" : Cause.pretty(exit.cause)
          })
        }
        return Effect.map(forkIn(scope, `connection ${epoch} of ${name}`, link, ended), (fiber) => {
          if (fiber.pollUnsafe() === undefined) links.set(epoch, fiber)
        })
      },
      disconnect: (epoch) => links.get(epoch)?.interruptUnsafe(),
      awaitCredentials: () => {
        if (awaiting || connector.credentialsRenewed === undefined) return Effect.void
        awaiting = true
        const renewed = connector.credentialsRenewed(spec)
        return Effect.asVoid(
          forkIn(scope, `credentials of ${name}`, renewed, () => {
            awaiting = false
            mailbox.tellVital({ _tag: "Wake" })
          })
        )
      },
      relist: (connection, peer) => {
        const relisted = Effect.matchCause(
          listCatalog(connection, peer, spec).pipe(Effect.timeout(spec.startTimeoutMillis)),
          { onSuccess: (catalog) => catalog, onFailure: () => undefined }
        ).pipe(Effect.map((catalog) => void mailbox.tellVital({ _tag: "Relisted", epoch: connection.epoch, catalog })))
        return Effect.asVoid(forkIn(scope, `listing of ${name}`, relisted))
      }
    }
    const actor = new BackendActor(spec, seal, hands, events)
    this.#actor = actor
    const running = yield* Actor.spawn<BackendMessage>({
      name,
      mailbox,
      receive: (batch) => {
        const effects = actor.receive(batch)
        return effects.length === 0 ? undefined : Effect.all(effects, { discard: true })
      },
      onStop: (leftovers) => {
        actor.close()
        for (const message of leftovers) if (message._tag === "Call") refuseLeftover(message.addressed, spec.name)
      }
    })
    yield* Effect.addFinalizer(() => Effect.sync(() => actor.stop()))
    actor.start()
    yield* Effect.all(actor.receive([]), { discard: true })
    yield* running.ended
  })
}

const mailboxFor = ({ bounds }: BackendSpec): Mailbox.Mailbox<BackendMessage> =>
  Mailbox.make<BackendMessage>({
    capacity: Math.max(transitCapacity, bounds.queued + bounds.inFlight),
    urgentCapacity: controlCapacity
  })

const refuseLeftover = (addressed: AddressedCall, backend: string): void =>
  addressed.call.settle(
    Refusals.notSent({
      code: refusalCodes.shuttingDown,
      message: `backend "${backend}" is being stopped; the call was not sent`,
      backend
    })
  )
