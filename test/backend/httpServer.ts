import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as http from "node:http"
import type { AddressInfo } from "node:net"
import type { BackendBounds, BackendSpec, HttpLaunch } from "../../src/domain/BackendSpec.ts"
import { backendDefaults } from "../../src/domain/BackendSpec.ts"
import type { JsonObject } from "../../src/domain/Json.ts"
import { HttpConnector } from "../../src/backend/HttpConnector.ts"
import type { HttpOptions } from "../../src/backend/HttpConnector.ts"
import { StopMode } from "../../src/backend/StopMode.ts"
import { Connector } from "../../src/backend/Transport.ts"
import type {
  Outgoing,
  RequestFailure,
  Transport,
  TransportEvents,
  TransportExit
} from "../../src/backend/Transport.ts"
import { notificationFrame, requestFrame } from "../../src/protocol/Splice.ts"

/** A request as the server got it, with what it can do about it. */
export interface Arrival {
  readonly method: string
  readonly path: string
  readonly headers: http.IncomingHttpHeaders
  readonly body: string
  /** Of the JSON-RPC message in the body. */
  readonly rpc: { readonly id?: unknown; readonly method?: unknown; readonly params?: JsonObject }
  readonly response: http.ServerResponse
  readonly json: (status: number, value: unknown, headers?: Record<string, string>) => void
  readonly events: (text: string, headers?: Record<string, string>) => void
  readonly result: (result: unknown, headers?: Record<string, string>) => void
}

export type Script = (arrival: Arrival) => void

/** A server on a free port of the loopback that does what its script says, and remembers what came. */
export const httpServer = Effect.fnUntraced(function* (script: Script) {
  const arrivals: Array<Arrival> = []
  const server = http.createServer((request, response) => {
    const chunks: Array<Buffer> = []
    request.on("data", (chunk: Buffer) => chunks.push(chunk))
    request.on("end", () => {
      const arrival = arrivalOf(request, response, Buffer.concat(chunks).toString("utf8"))
      arrivals.push(arrival)
      script(arrival)
    })
  })
  yield* Effect.acquireRelease(
    Effect.callback<void>((resume) => void server.listen(0, "127.0.0.1", () => resume(Effect.void))),
    () => stopServer(server)
  )
  const { port } = server.address() as AddressInfo
  return { server, arrivals, port, url: `http://127.0.0.1:${port}/mcp` }
})

export const stopServer = (server: http.Server) =>
  Effect.callback<void>((resume) => {
    server.close(() => resume(Effect.void))
    server.closeAllConnections()
  })

const arrivalOf = (request: http.IncomingMessage, response: http.ServerResponse, body: string): Arrival => {
  const rpc = body === "" ? {} : (JSON.parse(body) as Arrival["rpc"])
  const json: Arrival["json"] = (status, value, headers = {}) => {
    response.writeHead(status, { "content-type": "application/json", ...headers }).end(JSON.stringify(value))
  }
  return {
    method: request.method ?? "",
    path: request.url ?? "",
    headers: request.headers,
    body,
    rpc,
    response,
    json,
    events: (text, headers = {}) => {
      if (!response.headersSent) response.writeHead(200, { "content-type": "text/event-stream", ...headers })
      response.write(text)
    },
    result: (result, headers) => json(200, { jsonrpc: "2.0", id: rpc.id, result }, headers)
  }
}

/** One event with a message. */
export const event = (message: unknown, id?: string): string =>
  `${id === undefined ? "" : `id: ${id}\n`}event: message\ndata: ${JSON.stringify(message)}\n\n`

/** Answers like a server with sessions; what is neither of the handshake nor of the session goes to `rest`. */
export const sessionScript =
  (rest: Script, sessionId = "session-1"): Script =>
  (arrival) => {
    if (arrival.rpc.method === "initialize") {
      return arrival.result({ protocolVersion: "2025-11-25" }, { "mcp-session-id": sessionId })
    }
    if (arrival.rpc.method === "notifications/initialized") return void arrival.response.writeHead(202).end()
    if (arrival.method === "DELETE") return void arrival.response.writeHead(200).end()
    rest(arrival)
  }

export const httpSpec = (
  url: string,
  launch: Partial<HttpLaunch> = {},
  bounds: Partial<BackendBounds> = {}
): BackendSpec => {
  const { boundsHttp, boundsStdio: _, ...defaults } = backendDefaults
  return {
    ...defaults,
    name: "example",
    prefix: "example",
    idempotentTools: [],
    launch: {
      type: "http",
      url,
      transport: "streamable",
      headers: {},
      allowedAddresses: [],
      oauth: undefined,
      ...launch
    },
    bounds: { ...boundsHttp, ...bounds }
  }
}

/** Remembers what a transport told, and lets a test wait for it. */
export const makeHttpWitness = () => {
  const reads: Array<ReadonlyArray<string>> = []
  const oversize: Array<number> = []
  const failures: Array<{ readonly id: string } & RequestFailure> = []
  const exits: Array<TransportExit> = []
  const told: Array<string> = []
  const watchers = new Set<() => void>()
  const tell = (what: string) => {
    told.push(what)
    for (const watcher of [...watchers]) watcher()
  }
  const events: TransportEvents = {
    onFrames: (frames) => {
      reads.push(frames)
      tell("frames")
    },
    onOversize: (bytes) => {
      oversize.push(bytes)
      tell("oversize")
    },
    onFailed: (id, failure) => {
      failures.push({ id, ...failure })
      tell(`failed ${id}`)
    },
    onExit: (exit) => {
      exits.push(exit)
      tell("exit")
    }
  }
  const until = (happened: () => boolean) =>
    Effect.callback<void>((resume) => {
      const look = () => {
        if (!happened()) return
        watchers.delete(look)
        resume(Effect.void)
      }
      watchers.add(look)
      look()
    })
  const frames = () => reads.flat().map((frame) => JSON.parse(frame) as Record<string, unknown>)
  const replyTo = (id: string) => frames().find((frame) => frame["id"] === id && frame["method"] === undefined)
  return { events, reads, frames, replyTo, oversize, failures, exits, told, until }
}

/** Waits for what only the server sees: looks again on each turn of the event loop. */
export const eventually = (happened: () => boolean) =>
  Effect.callback<void>((resume) => {
    let timer: NodeJS.Immediate
    const look = () => {
      if (happened()) resume(Effect.void)
      else timer = setImmediate(look)
    }
    look()
    return Effect.sync(() => clearImmediate(timer))
  })

export const httpLayer = (options: HttpOptions = {}) => Layer.provideMerge(HttpConnector.layer(options), StopMode.layer)

/** Opens a line, with a witness and a short way to send. */
export const connectHttp = Effect.fnUntraced(function* (spec: BackendSpec) {
  const connector = yield* Connector
  const witness = makeHttpWitness()
  const transport = yield* connector.connect(spec, { backend: spec.name, session: undefined }, witness.events)
  return { transport, witness, ...senders(transport) }
})

type Era = Extract<Outgoing, { readonly _tag: "Request" }>["era"]

export const modernMeta = { "io.modelcontextprotocol/protocolVersion": "2026-07-28" }

const senders = (transport: Transport) => {
  const request = (id: string, method: string, params: JsonObject, era: Era) =>
    transport.write(requestFrame(id, method, params), { _tag: "Request", id, method, params, era })
  const notify = (method: string, params?: JsonObject) =>
    transport.write(notificationFrame(method, params), { _tag: "Notification", method, params })
  return {
    request,
    notify,
    /** A request of the stateless era. */
    modern: (id: string, method: string, params: JsonObject = {}) =>
      request(id, method, { ...params, _meta: modernMeta }, "stateless"),
    /** A request in a session. */
    legacy: (id: string, method: string, params: JsonObject = {}) => request(id, method, params, "stateful"),
    initialize: (id: string) => request(id, "initialize", { protocolVersion: "2025-11-25" }, undefined)
  }
}

/** Opens a line and a session on it. */
export const connectSession = Effect.fnUntraced(function* (spec: BackendSpec) {
  const line = yield* connectHttp(spec)
  line.initialize("init")
  yield* line.witness.until(() => line.witness.replyTo("init") !== undefined)
  line.notify("notifications/initialized")
  return line
})
