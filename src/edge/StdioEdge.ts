import * as Effect from "effect/Effect"
import type { Writable } from "node:stream"
import { Gateway } from "../gateway/Gateway.ts"
import type { Session } from "../gateway/Session.ts"
import { within } from "../kernel/Within.ts"
import { LineFramer } from "../protocol/Framing.ts"
import type { ByteInput } from "./ByteInput.ts"
import { OutBox } from "./OutBox.ts"

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

/**
 * Serves one client on a pair of streams until it closes its end or the effect is interrupted. Everything a read
 * brings is put in first, then the tree runs once.
 */
export const serveStdio = Effect.fn("StdioEdge.serve")(function* (streams: StdioStreams, frameBytes: number) {
  const gateway = yield* Gateway
  const { input, output } = streams
  const out = new OutBox(output, (full) => (full ? input.pause() : input.resume()))
  const session = gateway.connect({ sessionId: "stdio", send: (frame, minor) => out.put(frame, minor) })
  const flushed = within("the last frames of a client", out.flushed, flushMillis)
  yield* Effect.addFinalizer(() => Effect.sync(() => session.close()).pipe(Effect.andThen(flushed)))
  const fault = yield* untilClosed(input, output, readInto(session, gateway, frameBytes))
  if (fault !== undefined) yield* Effect.logInfo(`the line to the client broke: ${fault.message}`)
  yield* drained(session, out, streams.clientGone).pipe(Effect.timeoutOption(drainMillis))
})

const readInto = (session: Session, gateway: Gateway["Service"], frameBytes: number): ((chunk: Buffer) => void) => {
  const framer = new LineFramer(frameBytes, true)
  const onLine = (line: string) => session.receive(line)
  const onOversize = () => session.oversize(frameBytes)
  return (chunk) => {
    framer.push(chunk, onLine, onOversize)
    gateway.flush()
  }
}

/** Ends when the client closes its end of either stream, or its end broke: then with how. */
const untilClosed = (
  input: ByteInput,
  output: Writable,
  onChunk: (chunk: Buffer) => void
): Effect.Effect<Error | undefined> =>
  Effect.callback<Error | undefined>((resume) => {
    const done = () => resume(Effect.succeed(undefined))
    output.once("error", (fault: Error) => resume(Effect.succeed(fault)))
    output.once("close", done)
    input.listen(onChunk, done)
    return Effect.sync(input.pause)
  })

const drained = (session: Session, out: OutBox, clientGone: () => boolean): Effect.Effect<void> =>
  Effect.gen(function* () {
    while (session.running > 0 && !clientGone()) yield* Effect.sleep(10)
    yield* out.flushed
  })
