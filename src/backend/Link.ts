import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import type { Mailbox } from "../kernel/Mailbox.ts"
import { relayableCapabilities } from "../protocol/Capabilities.ts"
import type { BackendSettings } from "./BackendSettings.ts"
import type { BackendMessage } from "./BackendMessage.ts"
import { listCatalog } from "./CatalogListing.ts"
import { Connection } from "./Connection.ts"
import type { ConnectionEvents } from "./Connection.ts"
import { shakeHands } from "./Handshake.ts"
import type { Connector, TransportEvents } from "./Transport.ts"

/** The backend did not get as far as "handshake done and tools listed" in time. */
export class StartTimeout extends Schema.TaggedError<StartTimeout>()("StartTimeout", { millis: Schema.Number }) {
  override get message(): string {
    return `was not ready within ${this.millis / 1_000} s (start_timeout_secs)`
  }
}

/** Reads of a backend that may wait in its control lane; beyond it the connection is ended, the lane stays usable. */
export const readsWaiting = 3_072

export interface LinkSettings {
  readonly settings: BackendSettings
  readonly connector: Connector["Service"]
  readonly mailbox: Mailbox<BackendMessage>
  readonly epoch: number
  readonly probe: boolean
  readonly events: ConnectionEvents
}

/**
 * One connection from beginning to end: opens the transport, shakes hands, lists, then waits for the other side to go.
 * What happens goes to the actor as messages. The transport's scope closes with it, which leaves no process behind.
 */
export const runLink = ({ connector, epoch, events, mailbox, probe, settings }: LinkSettings): Effect.Effect<void> => {
  const { identity, slot, spec } = settings
  let gone = false
  let onGone = () => {
    gone = true
  }
  const transportEvents: TransportEvents = {
    onFrames: (frames, about) => {
      if (mailbox.urgentSize < readsWaiting && mailbox.tellUrgent({ _tag: "Inbound", epoch, frames, about })) return
      onGone()
    },
    onOversize: (bytes) => {
      mailbox.tellVital({ _tag: "Oversize", epoch, bytes })
    },
    onFailed: (id, failure) => {
      mailbox.tellVital({ _tag: "Failed", epoch, id, failure })
    },
    onExit: ({ reason, renewable = false, unsent = [] }) => {
      mailbox.tellVital({ _tag: "Lost", epoch, reason, renewable, unsent })
      onGone()
    }
  }
  const untilGone = Effect.callback<void>((resume) => {
    if (gone) return resume(Effect.void)
    onGone = () => resume(Effect.void)
  })
  const open = Effect.gen(function* () {
    const transport = yield* connector.connect(spec, slot, transportEvents)
    const connection = new Connection(epoch, transport, events)
    mailbox.tellVital({ _tag: "Connected", epoch, connection })
    const capabilities = relayableCapabilities(settings.capabilities)
    const peer = yield* shakeHands(connection, { identity, capabilities, probe, line: spec.launch.type })
    const catalog = yield* listCatalog(connection, peer, spec)
    return { connection, peer, catalog }
  })
  const timedOut = () => Effect.fail(new StartTimeout({ millis: spec.startTimeoutMillis }))
  return Effect.gen(function* () {
    const ready = yield* Effect.timeoutOrElse(open, { duration: spec.startTimeoutMillis, orElse: timedOut })
    mailbox.tellVital({ _tag: "Started", epoch, ...ready })
    yield* untilGone
  }).pipe(
    Effect.catch((error) =>
      Effect.sync(() => {
        const authentication = "authentication" in error && error.authentication === true
        mailbox.tellVital({ _tag: "StartFailed", epoch, reason: error.message, authentication })
      })
    ),
    Effect.scoped
  )
}
