import * as Effect from "effect/Effect"
import type { Writable } from "node:stream"
import type { ByteInput } from "./ByteInput.ts"

/** The two ends of a client's line. Frames in both directions are lines of UTF-8 (MCP, stdio). */
export interface StdioStreams {
  readonly input: ByteInput
  readonly output: Writable
  /** Whether the client's process is gone: then nobody waits for what still runs. */
  readonly clientGone: () => boolean
}

/** After the client has closed its end, running requests get this long to be answered. */
export const drainMillis = 5_000
/** At the end, a client that does not read gets this long to take its last frames: the backends wait to be stopped. */
export const flushMillis = 100

/** Reads a client's line. Ends when the client closes its end of either stream, or its end broke: then with how. */
export const untilClosed = (
  { input, output }: StdioStreams,
  onChunk: (chunk: Buffer) => void
): Effect.Effect<Error | undefined> =>
  Effect.callback<Error | undefined>((resume) => {
    const done = () => resume(Effect.succeed(undefined))
    output.once("error", (fault: Error) => resume(Effect.succeed(fault)))
    output.once("close", done)
    input.listen(onChunk, done)
    return Effect.sync(input.pause)
  })

/** Reads it to its end, then waits for what runs, within the bound, unless nobody is there to hear of it. */
export const untilServed = (
  streams: StdioStreams,
  onChunk: (chunk: Buffer) => void,
  running: () => number,
  flushed: Effect.Effect<void>
): Effect.Effect<void> =>
  Effect.gen(function* () {
    const fault = yield* untilClosed(streams, onChunk)
    if (fault !== undefined) yield* Effect.logInfo(`the line to the client broke: ${fault.message}`)
    yield* drained(streams, running, flushed).pipe(Effect.timeoutOption(drainMillis))
  })

const drained = Effect.fnUntraced(function* (
  { clientGone }: StdioStreams,
  running: () => number,
  flushed: Effect.Effect<void>
) {
  while (running() > 0 && !clientGone()) yield* Effect.sleep(10)
  yield* flushed
})
