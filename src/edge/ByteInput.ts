import { fstatSync } from "node:fs"
import { Socket } from "node:net"
import type { Readable } from "node:stream"

/** Where a client's bytes come from. A chunk is only good until `onChunk` returns. */
export interface ByteInput {
  /** Begins to read; once. `onEnd` is called when nothing more can come. */
  readonly listen: (onChunk: (chunk: Buffer) => void, onEnd: () => void) => void
  readonly pause: () => void
  readonly resume: () => void
}

/** One read of the client's line takes at most so much, and always into the same block. */
export const readBytes = 256 * 1024

/** Any stream as input. */
export const streamInput = (stream: Readable): ByteInput => ({
  listen: (onChunk, onEnd) => {
    stream.on("data", onChunk)
    for (const end of ["end", "close", "error"]) stream.once(end, onEnd)
  },
  pause: () => void stream.pause(),
  resume: () => void stream.resume()
})

/**
 * The standard input of this process. A pipe or socket, which is what every MCP client gives us, is read into one block
 * that is used again for each read: with Node's fresh 64 KiB for each, a frame of 64 KiB takes two reads and two
 * allocations. A terminal or a file is read by Node's own stream.
 */
export const standardInput = (): ByteInput => {
  const kind = fstatSync(0)
  return kind.isFIFO() || kind.isSocket() ? pipeInput(0) : streamInput(process.stdin)
}

const pipeInput = (fd: number): ByteInput => {
  let socket: Socket | undefined
  return {
    listen: (onChunk, onEnd) => {
      const block = Buffer.allocUnsafeSlow(readBytes)
      const callback = (size: number): boolean => {
        onChunk(block.subarray(0, size))
        return true
      }
      const onread = { buffer: block, callback }
      socket = new Socket({ fd, readable: true, writable: false, onread })
      for (const end of ["end", "close", "error"]) socket.once(end, onEnd)
      socket.resume()
    },
    pause: () => void socket?.pause(),
    resume: () => void socket?.resume()
  }
}
