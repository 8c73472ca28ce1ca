/** The one stream on which a server of the HTTP+SSE transport answers everything (MCP 2024-11-05, transports). */
import { setTimeout as sleep } from "node:timers/promises"
import type { Watch } from "../watch.ts"
import { getRequest, type Speech } from "./dialect.ts"
import { statusOf } from "./response.ts"
import { openStream, type Stream } from "./stream.ts"

const pollMillis = 20
const patienceMillis = 10_000

export interface ReplyStream {
  readonly stream: Stream
  /** Where the client's messages go: the stream's first event says it. */
  readonly postPath: string
}

/** Tries again while the server listens but does not serve the stream yet. */
export const openReplyStream = async (
  speech: Speech,
  watch: Pick<Watch, "heard" | "fail">,
  onFrame: (frame: string) => void
): Promise<ReplyStream> => {
  const until = performance.now() + patienceMillis
  while (performance.now() < until) {
    const opened = await tryOnce(speech, watch, onFrame)
    if (opened !== undefined) return opened
    await sleep(pollMillis)
  }
  throw new Error(`no stream of events after ${patienceMillis} ms`)
}

const tryOnce = (
  speech: Speech,
  { heard, fail }: Pick<Watch, "heard" | "fail">,
  onFrame: (frame: string) => void
): Promise<ReplyStream | undefined> =>
  new Promise((resolve) => {
    const stream = openStream(speech.port, getRequest(speech), {
      onHead: (head) => {
        if (statusOf(head) === 200) return
        stream.close()
        resolve(undefined)
      },
      onEnd: fail,
      onEvent: ({ event, data }) => {
        heard()
        if (event === "endpoint") resolve({ stream, postPath: data })
        else onFrame(data)
      }
    })
  })
