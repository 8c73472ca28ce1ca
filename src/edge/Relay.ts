import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import { within } from "../kernel/Within.ts"
import { flushMillis, untilServed } from "./ClientLine.ts"
import type { StdioStreams } from "./ClientLine.ts"
import { RelayedClient } from "./RelayedClient.ts"
import type { Reached } from "./ServerLine.ts"
import type { ServingGateway } from "./Takeover.ts"

/** How a relay reads, and how it goes on alone. */
export interface RelayOptions<E, R> {
  readonly frameBytes: number
  /** Starts a gateway of our own; asked for only when the one that served is gone. */
  readonly own: Effect.Effect<ServingGateway, E, R>
}

/**
 * Serves one client by a gateway in another process, until the client closes its end or the effect is interrupted. If
 * that gateway goes away, each request that was sent gets an error once, and a gateway of our own goes on: the client
 * need not open its session again.
 */
export const relay = Effect.fn("Relay.serve")(function* <E, R>(
  streams: StdioStreams,
  reached: Reached,
  { frameBytes, own }: RelayOptions<E, R>
) {
  const lost = Deferred.makeUnsafe<string>()
  const client = new RelayedClient(streams, reached, frameBytes, (reason) => {
    Deferred.doneUnsafe(lost, Effect.succeed(reason))
  })
  const flushed = within("the last frames of a client", client.out.flushed, flushMillis)
  yield* Effect.addFinalizer(() => Effect.sync(() => client.close()).pipe(Effect.andThen(flushed)))
  const alone = Effect.gen(function* () {
    yield* Effect.logWarning(`${yield* Deferred.await(lost)}: going on with backends of our own`)
    const gateway = yield* own
    client.takeOver(gateway)
    return yield* gateway.failed
  })
  yield* Effect.raceFirst(
    untilServed({ ...streams, input: client.input }, client.take, () => client.running, client.out.flushed),
    alone
  )
})
