import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import { connect } from "node:net"
import type { Socket } from "node:net"
import { LineFramer } from "../protocol/Framing.ts"
import { helloMillis, readHello } from "./AttachHello.ts"
import type { AttachHello } from "./AttachHello.ts"
import { readBytes } from "./ByteInput.ts"

/**
 * Bytes of a gateway's frame. About as large as a text may be (`buffer.constants.MAX_STRING_LENGTH`), so twice the largest
 * `max_frame_bytes`: what a backend may send must not end the line of its client.
 */
export const serverFrameBytes = 511 * 1024 * 1024

/** An attempt to reach a serving gateway ended without one. */
export class NotReached extends Schema.TaggedError<NotReached>()("NotReached", {
  /** Nobody listens there: the socket is gone, or left from a gateway that has ended. */
  dead: Schema.Boolean,
  reason: Schema.String
}) {}

/** The line of a relay to the gateway that serves. What comes before anybody listens is kept. */
export class ServerLine {
  readonly socket: Socket
  readonly #framer = new LineFramer(serverFrameBytes, true)
  readonly #early: Array<string> = []
  #onLine = (line: string): void => void this.#early.push(line)
  #onEnd = (_reason: string): void => undefined
  #fault: NodeJS.ErrnoException | undefined
  #ended = false

  constructor(file: string) {
    const block = Buffer.allocUnsafeSlow(readBytes)
    const callback = (size: number): boolean => {
      this.#read(block.subarray(0, size))
      return true
    }
    this.socket = connect({ path: file, onread: { buffer: block, callback } })
    this.socket.on("error", (fault) => (this.#fault = fault))
    // Nothing can be got any more from a gateway that has ended its side.
    this.socket.once("end", () => this.socket.destroy())
    this.socket.once("close", () => {
      this.#ended = true
      this.#onEnd(this.reason)
    })
    this.socket.resume()
  }

  /** Why it ended, if it did. */
  get reason(): string {
    return this.#fault?.message ?? "it closed the line"
  }

  /** The system's word for why it ended. */
  get code(): string | undefined {
    return this.#fault?.code
  }

  listen(onLine: (line: string) => void, onEnd: (reason: string) => void): void {
    this.#onLine = onLine
    this.#onEnd = onEnd
    for (const line of this.#early.splice(0)) this.#onLine(line)
    if (this.#ended) onEnd(this.reason)
  }

  /** Nobody listens for now. */
  hold(): void {
    this.pause()
    this.#onLine = (line) => void this.#early.push(line)
    this.#onEnd = () => undefined
  }

  /** Ends it, for this reason. */
  giveUp(reason: string): void {
    this.socket.destroy(new Error(reason))
  }

  readonly pause = (): void => void this.socket.pause()
  readonly resume = (): void => void this.socket.resume()

  #read(chunk: Buffer): void {
    this.#framer.push(
      chunk,
      (line) => this.#onLine(line),
      (bytes) => this.giveUp(`it sent a frame of more than ${bytes - 1} bytes`)
    )
  }
}

/** A gateway that listens, and what it said of itself. The line is paused. */
export interface Reached {
  readonly line: ServerLine
  readonly hello: AttachHello
}

/** Connects to a gateway's socket and waits for its greeting. */
export const reach = (file: string): Effect.Effect<Reached, NotReached> =>
  greeted(file).pipe(
    Effect.timeoutOption(helloMillis),
    Effect.flatMap(
      Option.match({
        onNone: () => new NotReached({ dead: false, reason: `it says nothing within ${helloMillis} ms` }),
        onSome: Effect.succeed
      })
    )
  )

const greeted = (file: string): Effect.Effect<Reached, NotReached> =>
  Effect.callback<Reached, NotReached>((resume) => {
    const line = new ServerLine(file)
    const failed = (dead: boolean, reason: string) => resume(Effect.fail(new NotReached({ dead, reason })))
    line.listen(
      (first) => {
        line.hold()
        const hello = readHello(first)
        if (hello !== undefined) return resume(Effect.succeed({ line, hello }))
        line.socket.destroy()
        failed(false, "what listens there is no gateway")
      },
      (reason) => failed(line.code === "ECONNREFUSED" || line.code === "ENOENT", reason)
    )
    return Effect.sync(() => void line.socket.destroy())
  })
