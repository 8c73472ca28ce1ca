import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import { fork } from "../kernel/Fork.ts"
import { within } from "../kernel/Within.ts"
import { flushMillis, untilServed } from "./ClientLine.ts"
import type { StdioStreams } from "./ClientLine.ts"
import { RelayedClient } from "./RelayedClient.ts"
import type { Reached } from "./ServerLine.ts"
import type { ServingGateway } from "./Takeover.ts"

/** Between two signs of life that the gateway is asked for. */
export const beatMillis = 10_000

/** Between two looks at a client whose line stands still. */
export const lookMillis = 1_000

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
  yield* fork("signs of life of the gateway", beats(client))
  const alone = Effect.gen(function* () {
    yield* Effect.logWarning(`${yield* Deferred.await(lost)}: going on with backends of our own`)
    const gateway = yield* own
    client.takeOver(gateway)
    return yield* gateway.failed
  })
  yield* Effect.raceAllFirst([
    untilServed({ ...streams, input: client.input }, client.take, () => client.running, client.out.flushed),
    alone,
    untilAbandoned(client, streams.clientGone)
  ])
})

const beats = Effect.fnUntraced(function* (client: RelayedClient) {
  do yield* Effect.sleep(beatMillis)
  while (client.beat())
})

/** Ends when the client's process is gone while its line stands still: the end of that line would not be read. */
const untilAbandoned = Effect.fnUntraced(function* (client: RelayedClient, clientGone: () => boolean) {
  for (;;) {
    yield* client.input.standing.await
    yield* Effect.sleep(lookMillis)
    if (client.input.holds() && clientGone()) return
    client.look()
  }
})
