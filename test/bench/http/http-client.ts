/**
 * A raw MCP client over HTTP that costs next to nothing itself: requests prepared once as text, written straight to
 * keep-alive sockets, responses cut and ids found without a parse.
 */
import { openCalls } from "../calls.ts"
import { initializeParams, resultOf, tailOf, type OnReply, type Prepared, type RawClient } from "../client.ts"
import { watchServers } from "../watch.ts"
import { openConnections } from "./connection.ts"
import { initializedPost, paramsFor, postHead, withBody, type Dialect, type Speech } from "./dialect.ts"
import { framesIn } from "./events.ts"
import { openReplyStream } from "./reply-stream.ts"
import { headerOf, type HttpResponse } from "./response.ts"
import { startServers, type Listening, type Servers } from "./servers.ts"
import type { Stream } from "./stream.ts"

/** A server under measurement, and the HTTP one behind it if there is one. */
export interface HttpLaunch {
  readonly server: Listening
  readonly path: string
  readonly dialect: Dialect
  readonly backend: Listening | undefined
}

/** Starts the backend, then the server, and waits until each listens. No handshake yet: see `handshake`. */
export const startHttpClient = async (launch: HttpLaunch): Promise<RawClient> => {
  const { backend, dialect, path, server } = launch
  const servers = await startServers(backend === undefined ? [server] : [backend, server])
  return clientOf({ port: server.port, path, dialect, sessionId: undefined }, servers)
}

const clientOf = (opening: Speech, servers: Servers): RawClient => {
  const { dialect, port } = opening
  const calls = openCalls(() => {}) // no target asks this client anything
  const watch = watchServers(servers.children, calls.waiting)
  const connections = openConnections(port, watch.heard, watch.fail)
  let speech = opening
  let replies: Stream | undefined

  const onResponse = (response: HttpResponse) => {
    if (response.status >= 300) throw new Error(`HTTP ${response.status}: ${response.body.slice(0, 300)}`)
    if (dialect === "session" && speech.sessionId === undefined) {
      speech = { ...speech, sessionId: headerOf(response.head, "mcp-session-id") }
    }
    if (dialect !== "events") for (const frame of framesIn(response)) calls.receive(frame)
  }
  const prepare = (method: string, params: object): Prepared => ({
    head: postHead(speech, method, params),
    tail: tailOf(method, paramsFor(dialect, params))
  })
  const post = ({ head, tail }: Prepared, onReply: OnReply) => {
    const id = calls.add(onReply)
    connections.exchange(withBody(head, `{"jsonrpc":"2.0","id":${id}${tail}`), onResponse)
    return id
  }
  const guard = <A>(work: Promise<A>) => Promise.race([work, watch.failed])
  const request = async (method: string, params: object) =>
    resultOf(await guard(new Promise<string>((resolve) => post(prepare(method, params), resolve))))
  const open = async () => {
    if (dialect === "stateless") return
    if (dialect === "events") {
      const opened = await guard(openReplyStream(speech, watch, calls.receive))
      speech = { ...speech, path: opened.postPath }
      replies = opened.stream
    }
    await request("initialize", initializeParams)
    await guard(new Promise<HttpResponse>((resolve) => connections.exchange(initializedPost(speech), resolve)))
  }
  const close = () => {
    watch.stop()
    replies?.close()
    connections.close()
    return servers.end()
  }
  return { pid: servers.pid, open, prepare, post, request, guard, strayIds: calls.strayIds, close }
}
