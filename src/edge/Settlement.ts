import { ownData, refusalCodes } from "../domain/Outcome.ts"
import type { RequestId } from "../domain/Request.ts"
import type { Cells } from "../machine/Cells.ts"
import { parse } from "../protocol/Envelope.ts"
import type { Incoming } from "../protocol/Envelope.ts"
import { errorFrame, notificationFrame } from "../protocol/Splice.ts"

/** A request that has no reply yet. */
export interface Running {
  readonly id: RequestId
  readonly method: string
  /** The frame, where it can be sent again. */
  readonly text: string | undefined
  /** The resource that a subscription is about. */
  readonly uri: string | undefined
  /** The client was told that its stream is open. */
  acknowledged: boolean
}

/** What another gateway has to know to go on with a client, and nothing else. */
export interface Memory {
  /** As accepted. */
  readonly initialize: string | undefined
  readonly initialized: boolean
  /** The last `logging/setLevel`. */
  readonly level: string | undefined
  readonly watched: ReadonlySet<string>
  readonly streams: ReadonlyMap<RequestId, Running>
  readonly running: Pick<Cells<RequestId, Running>, "values">
  readonly questions: ReadonlySet<RequestId>
}

/** Something that the client has said to the gateway before, for the next one. */
export interface Replay {
  readonly message: Incoming
  /** The client has its reply already. */
  readonly silent: boolean
}

/** How a client goes on without the gateway that it was attached to. */
export interface Settlement {
  /** For the client: the one end of each request that can't be done again, and questions called off. */
  readonly frames: ReadonlyArray<string>
  /** In the order in which the next gateway is to hear it. */
  readonly replays: ReadonlyArray<Replay>
  /** Streams that the client knows to be open. */
  readonly acknowledged: ReadonlySet<RequestId>
}

/** Ids of silent replays begin so; no client's does. */
export const replayPrefix = "sg-replay:"

export const settlementOf = (memory: Memory, reason: string): Settlement => {
  const { initialize, initialized, level, questions, running, streams, watched } = memory
  const lost = [...running.values(), ...streams.values()].filter(({ text }) => text === undefined)
  const asked = [...questions].map((requestId) => notificationFrame("notifications/cancelled", { requestId, reason }))
  const again = [...running.values()].flatMap(({ method, text }) => (text === undefined ? [] : [{ method, text }]))
  const opening = again.filter(({ method }) => method === "initialize")
  const others = again.filter(({ method }) => method !== "initialize")
  const told = [...(level === undefined ? [] : [parse(level)]), ...[...watched].map(subscription)]
  return {
    frames: [...asked, ...lost.map(({ id }) => lostFrame(id, reason))],
    replays: [
      ...(initialize === undefined ? [] : [silently(parse(initialize))]),
      ...opening.map(({ text }) => openly(text)),
      ...(initialized ? [silently(parse(initializedFrame))] : []),
      ...told.map(silently),
      ...[...streams.values()].flatMap(({ text }) => (text === undefined ? [] : [openly(text)])),
      ...others.map(({ text }) => openly(text))
    ],
    acknowledged: new Set([...streams.values()].filter((stream) => stream.acknowledged).map(({ id }) => id))
  }
}

const lostFrame = (id: RequestId, reason: string): string => {
  const message = `${reason}; whether this was carried out is not known`
  return errorFrame(id, refusalCodes.connectionLost, message, ownData("unknown"))
}

const initializedFrame = notificationFrame("notifications/initialized")

const subscription = (uri: string): Incoming => ({
  _tag: "Request",
  id: "",
  method: "resources/subscribe",
  params: { uri },
  text: ""
})

const silently = (message: Incoming): Replay => ({ message, silent: true })

const openly = (text: string): Replay => ({ message: parse(text), silent: false })
