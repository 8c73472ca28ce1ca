/** Clients that open a session or a listen stream, and then only wait. */
import { initializeParams, tailOf } from "../client.ts"
import { openConnections, type Connections } from "./connection.ts"
import { deleteRequest, getRequest, initializedPost, paramsFor, postHead, withBody, type Speech } from "./dialect.ts"
import { headerOf, statusOf, type HttpResponse } from "./response.ts"
import { openStream, type Stream } from "./stream.ts"

/** Clients that come at the same time. */
const atOnce = 20

export interface Crowd {
  /** Ends every second session by DELETE, and closes all connections. */
  readonly leave: () => Promise<void>
  /** How many of the sessions that were only left are still known. */
  readonly lingering: () => Promise<number>
}

interface CrowdSize {
  readonly sessions: number
  readonly listeners: number
}

const bodyOf = (id: number, method: string, params: object) => `{"jsonrpc":"2.0","id":${id}${tailOf(method, params)}`

const inBatches = async <A>(count: number, work: (index: number) => Promise<A>): Promise<ReadonlyArray<A>> => {
  const all: Array<A> = []
  for (let from = 0; from < count; from += atOnce) {
    const size = Math.min(atOnce, count - from)
    all.push(...(await Promise.all(Array.from({ length: size }, (_, index) => work(from + index)))))
  }
  return all
}

/** Short requests on keep-alive connections. */
const exchanger = (port: number) => {
  const { promise: failed, reject: fail } = Promise.withResolvers<never>()
  failed.catch(() => {})
  const connections: Connections = openConnections(port, () => {}, fail)
  const exchange = (request: string) =>
    Promise.race([new Promise<HttpResponse>((resolve) => connections.exchange(request, resolve)), failed])
  return { exchange, fail, failed, close: connections.close }
}

interface Member {
  readonly speech: Speech
  readonly stream: Stream
}

/** Resolves when everybody waits. */
export const gather = async (port: number, { sessions, listeners }: CrowdSize): Promise<Crowd> => {
  const { close, exchange, fail, failed } = exchanger(port)
  const opening: Speech = { port, path: "/mcp", dialect: "session", sessionId: undefined }

  /** Waits for the head, which says that the stream is open, and for the first event if one is due. */
  const streamOf = (request: string, firstEvent: boolean): Promise<Stream> =>
    Promise.race([
      failed,
      new Promise<Stream>((resolve) => {
        const stream = openStream(port, request, {
          onHead: (head) => {
            if (statusOf(head) !== 200) fail(new Error(`no stream: ${head}`))
            else if (!firstEvent) resolve(stream)
          },
          onEvent: () => resolve(stream),
          onEnd: fail
        })
      })
    ])
  const openSession = async (): Promise<Member> => {
    const body = bodyOf(1, "initialize", initializeParams)
    const response = await exchange(withBody(postHead(opening, "initialize", {}), body))
    const sessionId = headerOf(response.head, "mcp-session-id")
    if (sessionId === undefined) throw new Error(`no session: HTTP ${response.status} ${response.body.slice(0, 300)}`)
    const speech = { ...opening, sessionId }
    await exchange(initializedPost(speech))
    return { speech, stream: await streamOf(getRequest(speech), false) }
  }
  const listen = (index: number): Promise<Stream> => {
    const method = "subscriptions/listen"
    const speech: Speech = { ...opening, dialect: "stateless" }
    const params = paramsFor("stateless", { notifications: { toolsListChanged: true } })
    return streamOf(withBody(postHead(speech, method, params), bodyOf(index, method, params)), true)
  }

  const members = await inBatches(sessions, openSession)
  const streams = await inBatches(listeners, listen)
  close()

  const leave = async () => {
    const leaving = exchanger(port)
    const polite = members.filter((_, index) => index % 2 === 0)
    for (const { stream } of members) stream.close()
    for (const stream of streams) stream.close()
    await inBatches(polite.length, async (index) => {
      const member = polite[index]
      if (member !== undefined) await leaving.exchange(deleteRequest(member.speech))
    })
    leaving.close()
  }
  const lingering = async () => {
    const asking = exchanger(port)
    let known = 0
    for (const { speech } of members) {
      const response = await asking.exchange(withBody(postHead(speech, "ping", {}), bodyOf(2, "ping", {})))
      if (response.status !== 404) known++
    }
    asking.close()
    return known
  }
  return { leave, lingering }
}
