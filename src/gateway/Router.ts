import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import * as Actor from "../kernel/Actor.ts"
import * as DeadlineTimer from "../kernel/DeadlineTimer.ts"
import * as Mailbox from "../kernel/Mailbox.ts"
import { introductionOf } from "./Introduction.ts"
import { Load } from "./Load.ts"
import { RouterActor } from "./RouterActor.ts"
import type { RouterSettings } from "./RouterActor.ts"
import type { RouterHands } from "./RouterHands.ts"
import type { RouterMessage, RouterTimer } from "./RouterMessage.ts"
import type { RouterPort } from "./RouterPort.ts"

/** Control messages that may wait for the router: catalogs, lives, sessions coming and going. */
export const controlCapacity = 8_192

/** The running router. */
export interface Router {
  readonly port: RouterPort
  readonly mind: RouterActor
  readonly tell: (message: RouterMessage) => void
  /** Succeeds when the router has ended, which nothing but a defect or the scope makes it do. */
  readonly ended: Effect.Effect<void>
}

/** Starts the router's fiber. Its mailbox holds as many calls as the gateway may run. */
export const startRouter = (
  settings: RouterSettings,
  hands: Omit<RouterHands, "setTimer">,
  mailbox: Mailbox.Mailbox<RouterMessage>
): Effect.Effect<Router, never, Scope.Scope> =>
  Effect.gen(function* () {
    const timer = yield* DeadlineTimer.make<RouterTimer>("timer of the router", (keys) => {
      mailbox.tellVital({ _tag: "Due", keys })
    })
    const mind = new RouterActor(settings, { ...hands, setTimer: timer.add })
    const actor = yield* Actor.spawn<RouterMessage>({
      name: "router",
      mailbox,
      receive: (batch) => {
        const effects = mind.receive(batch)
        return effects.length === 0 ? undefined : Effect.all(effects, { discard: true })
      },
      onStop: (leftovers) => {
        for (const message of leftovers) if (message._tag === "Dispatch") message.call.cancel()
      }
    })
    mind.start()
    const load = new Load(settings.bounds.calls)
    return {
      port: portOf(mailbox, mind, load),
      mind,
      tell: (message) => mailbox.tellUrgent(message),
      ended: actor.ended
    }
  })

/** A mailbox for a router of these bounds. */
export const routerMailbox = (calls: number): Mailbox.Mailbox<RouterMessage> =>
  Mailbox.make<RouterMessage>({ capacity: calls, urgentCapacity: controlCapacity })

const portOf = (mailbox: Mailbox.Mailbox<RouterMessage>, mind: RouterActor, load: Load): RouterPort => ({
  load,
  dispatch: (call) => mailbox.offer({ _tag: "Dispatch", call }),
  flush: () => mailbox.flush(),
  opened: (session) => void mailbox.tellVital({ _tag: "SessionOpened", session }),
  described: (session) => void mailbox.tellVital({ _tag: "SessionDescribed", session }),
  closed: (session) => void mailbox.tellVital({ _tag: "SessionClosed", session }),
  watch: (session, uris, request) => void mailbox.tellUrgent({ _tag: "Watch", session, uris, request }),
  unwatch: (session, uris) => void mailbox.tellUrgent({ _tag: "Watch", session, uris, request: undefined }),
  tell: (session, method, params) => void mailbox.tellUrgent({ _tag: "Tell", session, method, params }),
  introduction: (scope) => introductionOf(mind.view(scope).table)
})
