import * as Effect from "effect/Effect"
import type * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Schema from "effect/Schema"
import type * as Scope from "effect/Scope"
import { fork } from "./Fork.ts"
import type { Mailbox } from "./Mailbox.ts"

/** The actor ended before it answered; whether it handled the message is not known. */
export class ActorGone extends Schema.TaggedError<ActorGone>()("ActorGone", { actor: Schema.String }) {
  override get message(): string {
    return `${this.actor} has ended and answers no more`
  }
}

/** A bound of the actor refused the message; it was not handled. */
export class MailboxFull extends Schema.TaggedError<MailboxFull>()("MailboxFull", { actor: Schema.String }) {
  override get message(): string {
    return `${this.actor} is overloaded and refused the message; try again later`
  }
}

/** Callers that may wait for an answer of one actor at a time. */
export const defaultAsks = 1_024

/** What an actor is made of. */
export interface ActorSettings<M, E, R> {
  /** Names the fiber in logs and errors. */
  readonly name: string
  readonly mailbox: Mailbox<M>
  /** Handles a batch, in order; what it returns, if it is an effect, is awaited before the next batch. */
  readonly receive: (batch: ReadonlyArray<M>) => void | Effect.Effect<void, E, R>
  /**
   * Called once when the actor ends, whatever the reason. `leftovers` are the messages whose handling did not finish:
   * the whole batch in hand, of which some may have been handled, then those never taken.
   */
  readonly onStop: (leftovers: ReadonlyArray<M>, exit: Exit.Exit<void, E>) => void
  /** Default `defaultAsks`. */
  readonly asks?: number
}

/** A running actor. Messages are sent through its `mailbox`, questions with `ask`. */
export interface Actor<M> {
  readonly name: string
  readonly mailbox: Mailbox<M>
  /** Ends it at once: a handler that waits is interrupted. Succeeds when `onStop` has run. */
  readonly stop: Effect.Effect<void>
  /** Succeeds when it has ended, for whatever reason. */
  readonly ended: Effect.Effect<void>
  /** Callers that wait for an answer. */
  readonly asking: Asking
}

/** The callers waiting for one actor: each has a function that tells it the actor is gone. */
export interface Asking {
  readonly capacity: number
  readonly waiting: Set<() => void>
}

/**
 * Starts a fiber that handles what comes into `mailbox`, batch by batch, until it is stopped, the scope closes, the
 * mailbox is closed or overflows, or the handler fails. Then the mailbox is closed, `onStop` gets the leftovers, and every caller
 * that still waits for an answer fails with `ActorGone`.
 */
export const spawn = <M, E = never, R = never>(
  settings: ActorSettings<M, E, R>
): Effect.Effect<Actor<M>, never, R | Scope.Scope> =>
  Effect.suspend(() => {
    const { name, mailbox, receive } = settings
    const asking: Asking = { capacity: settings.asks ?? defaultAsks, waiting: new Set() }
    let inHand: ReadonlyArray<M> = []

    const run = Effect.gen(function* () {
      while (true) {
        yield* mailbox.ready
        if (mailbox.closed) return
        if (mailbox.overflowed) return yield* Effect.die(new Error(`the mailbox of ${name} overflowed`))
        inHand = mailbox.drain()
        const pending = receive(inHand)
        if (Effect.isEffect(pending)) yield* pending
        inHand = []
      }
    })

    const end = (exit: Exit.Exit<void, E>): void => {
      const leftovers = [...inHand, ...mailbox.close()]
      try {
        settings.onStop(leftovers, exit)
      } finally {
        for (const gone of asking.waiting) gone()
        asking.waiting.clear()
      }
    }

    return Effect.map(fork(name, run, end), (fiber): Actor<M> => ({
      name,
      mailbox,
      asking,
      stop: Fiber.interrupt(fiber),
      ended: Effect.asVoid(Fiber.await(fiber))
    }))
  })

/**
 * Sends the message that `make` builds around a reply function and waits for the answer. The first answer counts.
 * `urgent` sends it past the normal lane. An interrupted caller is forgotten; its message stays.
 */
export const ask = <M, A>(
  actor: Actor<M>,
  make: (reply: (answer: A) => void) => M,
  options?: { readonly urgent?: boolean }
): Effect.Effect<A, ActorGone | MailboxFull> =>
  Effect.callback<A, ActorGone | MailboxFull>((resume) => {
    const { asking, mailbox, name } = actor
    const gone = () => resume(Effect.fail(new ActorGone({ actor: name })))
    if (mailbox.closed) return gone()
    const reply = (answer: A): void => {
      if (asking.waiting.delete(gone)) resume(Effect.succeed(answer))
    }
    const taken =
      asking.waiting.size < asking.capacity &&
      (options?.urgent === true ? mailbox.offerUrgent(make(reply)) : mailbox.offer(make(reply)))
    if (!taken) return resume(Effect.fail(new MailboxFull({ actor: name })))
    asking.waiting.add(gone)
    mailbox.flush()
    return Effect.sync(() => asking.waiting.delete(gone))
  })
