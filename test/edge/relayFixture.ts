import * as Effect from "effect/Effect"
import type { ByteInput } from "../../src/edge/ByteInput.ts"
import { RelayedClient } from "../../src/edge/RelayedClient.ts"
import { reach } from "../../src/edge/ServerLine.ts"
import { SlowOutput } from "../tree/slowOutput.ts"
import { AttachPlace, FakeServer } from "./attachFixture.ts"

/** A client's line in the hands of the test. */
export class HeldInput implements ByteInput {
  paused = false
  listening = false
  give: (chunk: Buffer) => void = () => undefined
  readonly listen: ByteInput["listen"] = (onChunk) => {
    this.give = onChunk
    this.listening = true
  }
  readonly pause = (): void => {
    this.paused = true
  }
  readonly resume = (): void => {
    this.paused = false
  }
}

/** Resolves when it holds; between looks whatever the system has for this process comes in. */
export const until = async (holds: () => boolean): Promise<void> => {
  while (!holds()) await new Promise<void>((resolve) => setImmediate(resolve))
}

/** Lives as long as the scope. */
export const disposed = <A extends AsyncDisposable>(make: () => Promise<A>) =>
  Effect.acquireRelease(Effect.promise(make), (each) => Effect.promise(async () => each[Symbol.asyncDispose]()))

/** A relayed client between a server and a client that the test plays both. */
export const relayed = Effect.gen(function* () {
  const place = yield* disposed(async () => new AttachPlace([]))
  const server = yield* disposed(() => FakeServer.at(place))
  const [input, output] = [new HeldInput(), new SlowOutput()]
  const reached = yield* reach(place.socket)
  const lost = Promise.withResolvers<string>()
  const client = new RelayedClient({ input, output, clientGone: () => false }, reached, 4_000_000, lost.resolve)
  yield* Effect.addFinalizer(() => Effect.sync(() => client.close()))
  const send = (message: object) => client.take(Buffer.from(`${JSON.stringify(message)}\n`))
  return { client, input, lost: lost.promise, output, send, server }
})

export const ping = (id: number | string, more = {}) => ({ jsonrpc: "2.0", id, method: "ping", ...more })
