import * as Effect from "effect/Effect"
import { Gateway } from "../gateway/Gateway.ts"
import type { Session } from "../gateway/Session.ts"
import { within } from "../kernel/Within.ts"
import { LineFramer } from "../protocol/Framing.ts"
import { flushMillis, untilServed } from "./ClientLine.ts"
import type { StdioStreams } from "./ClientLine.ts"
import { OutBox } from "./OutBox.ts"

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
  yield* untilServed(streams, readInto(session, gateway, frameBytes), () => session.running, out.flushed)
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
