/** A caller over HTTP: a session of 2025-11-25, or the one stream of events of 2024-11-05. */
import { initializeParams, parseFrame, tailOf } from "../../bench/client.ts"
import { openConnections } from "../../bench/http/connection.ts"
import { getRequest, initializedPost, postHead, withBody, type Speech } from "../../bench/http/dialect.ts"
import { framesIn } from "../../bench/http/events.ts"
import { openReplyStream } from "../../bench/http/reply-stream.ts"
import { headerOf, statusOf, type HttpResponse } from "../../bench/http/response.ts"
import { startServers, type Listening } from "../../bench/http/servers.ts"
import { openStream, type Stream } from "../../bench/http/stream.ts"
import { arrived, succeeded, type Answer } from "./answer.ts"
import { openRequests, type Caller } from "./caller.ts"
import { endGently } from "./end.ts"

export interface HttpTarget {
  readonly server: Listening
  readonly dialect: "session" | "events"
}

/** One exchange on a connection of its own: what breaks it breaks nothing else. */
const exchange = async (port: number, request: string): Promise<HttpResponse> => {
  const { promise, reject, resolve } = Promise.withResolvers<HttpResponse>()
  const connections = openConnections(port, () => {}, reject)
  connections.exchange(request, resolve)
  return promise.finally(connections.close)
}

const messageIn = (frame: string): unknown => {
  try {
    return parseFrame(frame)
  } catch {
    return undefined
  }
}

const wordsOf = (cause: unknown) => (cause instanceof Error ? cause.message : String(cause))

/** What a response without a reply in it still says; `undefined`: the reply comes elsewhere. */
const remainder = ({ body, status }: HttpResponse, dialect: HttpTarget["dialect"]): Answer | undefined => {
  if (status >= 300) return { _tag: "Status", status, body }
  return dialect === "events" ? undefined : { _tag: "Cut", why: "the response has ended without a reply" }
}

/** Starts the server and waits until it listens. */
export const startHttpCaller = async ({ dialect, server }: HttpTarget): Promise<Caller> => {
  const servers = await startServers([server])
  const caller = callerAt(server.port, dialect)
  const close = async () => {
    await caller.close()
    const left = await endGently(servers.pid, undefined)
    return left + (await servers.end())
  }
  return { ...caller, close }
}

/** Of a server that somebody else has started. */
export const callerAt = (port: number, dialect: HttpTarget["dialect"]): Caller => {
  const fresh: Speech = { port, path: "/mcp", dialect, sessionId: undefined }
  const requests = openRequests()
  let speech = fresh
  let stream: Stream | undefined
  let needsOpening = true

  const lose = () => {
    needsOpening = true
    stream?.close()
    stream = undefined
  }
  const receive = (frame: string) => requests.receive(messageIn(frame))
  const post = async (method: string, params: object, id: number) => {
    const body = `{"jsonrpc":"2.0","id":${id}${tailOf(method, params)}`
    const response = await exchange(port, withBody(postHead(speech, method, params), body))
    if (dialect === "session") {
      if (method === "initialize") speech = { ...speech, sessionId: headerOf(response.head, "mcp-session-id") }
      else if (response.status === 404) lose()
      framesIn(response).forEach(receive)
    }
    const rest = remainder(response, dialect)
    if (rest !== undefined) requests.settle(id, arrived(rest))
  }
  const ask: Caller["ask"] = (method, params) => {
    const { answer, id } = requests.add()
    post(method, params, id).catch((cause: unknown) =>
      requests.settle(id, arrived({ _tag: "Cut", why: wordsOf(cause) }))
    )
    return answer
  }
  /** The stream on which notifications come, or with the older transport everything. */
  const listen = () => {
    stream = openStream(port, getRequest(speech), {
      onHead: (head) => statusOf(head) === 200 || stream?.close(),
      onEvent: ({ data }) => receive(data),
      onEnd: () => {}
    })
  }
  const openEvents = async () => {
    const fail = (cause: unknown) => {
      lose()
      requests.cut(wordsOf(cause))
    }
    const opened = await openReplyStream(speech, { heard: () => {}, fail }, receive)
    speech = { ...speech, path: opened.postPath }
    stream = opened.stream
  }
  const open = async () => {
    lose()
    speech = fresh
    try {
      if (dialect === "events") await openEvents()
      const opened = await ask("initialize", initializeParams)
      if (!succeeded(opened.answer)) return opened
      await exchange(port, initializedPost(speech))
      if (dialect === "session") listen()
      needsOpening = false
      return opened
    } catch (cause) {
      return arrived({ _tag: "Cut", why: wordsOf(cause) })
    }
  }
  const close = async () => {
    stream?.close()
    return 0
  }
  const { strays, toldAt } = requests
  return { open, ask, needsOpening: () => needsOpening, isOver: () => false, toldAt, strays, close }
}
