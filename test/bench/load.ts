/** The two kinds of load: one call after the other, and a constant number of calls in flight. */
import { parseFrame, type Prepared, type RawClient } from "./client.ts"

/** A result that carries less than the text that was sent is none: a refused call must not count as a fast one. */
const checked = (frame: string, textBytes: number) => {
  if (frame.length < textBytes || !frame.includes('"result":') || frame.includes('"isError":true')) {
    throw new Error(`not an echo: ${frame.slice(0, 300)}`)
  }
}

export interface Echo {
  readonly request: Prepared
  readonly text: string
}

/** Fails unless the text comes back exactly as it was sent. */
export const proveEcho = async (client: RawClient, { request, text }: Echo): Promise<void> => {
  const frame = await client.guard(new Promise<string>((resolve) => client.post(request, resolve)))
  checked(frame, text.length)
  const message = JSON.stringify(parseFrame(frame))
  if (!message.includes(JSON.stringify(text))) throw new Error(`the text came back changed: ${message.slice(0, 300)}`)
}

/** Microseconds of each of `count` calls, one at a time. */
export const oneByOne = (client: RawClient, { request, text }: Echo, count: number): Promise<Float64Array> =>
  client.guard(
    new Promise((resolve) => {
      const micros = new Float64Array(count)
      let answered = 0
      let sentAt = 0
      const next = () => {
        sentAt = performance.now()
        client.post(request, onReply)
      }
      const onReply = (frame: string) => {
        micros[answered++] = (performance.now() - sentAt) * 1_000
        checked(frame, text.length)
        if (answered < count) next()
        else resolve(micros)
      }
      next()
    })
  )

/** Calls answered per second with `inFlight` of `count` calls always under way. */
export const inFlight = (client: RawClient, echo: Echo, inFlight: number, count: number): Promise<number> =>
  client.guard(
    new Promise((resolve) => {
      const startedAt = performance.now()
      let sent = 0
      let answered = 0
      const next = () => {
        sent++
        client.post(echo.request, onReply)
      }
      const onReply = (frame: string) => {
        checked(frame, echo.text.length)
        answered++
        if (sent < count) next()
        else if (answered === count) resolve((count * 1_000) / (performance.now() - startedAt))
      }
      for (let left = Math.min(inFlight, count); left > 0; left--) next()
    })
  )
