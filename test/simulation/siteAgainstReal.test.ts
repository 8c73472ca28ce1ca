import { assert, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import type { SiteFault } from "../../src/simulation/SiteFault.ts"
import type { SiteStyle } from "../../src/simulation/SiteKinds.ts"
import { connectHttp, event, httpLayer, httpServer, httpSpec } from "../backend/httpServer.ts"
import type { Arrival } from "../backend/httpServer.ts"
import { callOn, openLine, openSite } from "./siteLine.ts"

/** The same thing going wrong at a real server and at a simulated one. */
interface Case {
  readonly what: string
  readonly real: (arrival: Arrival) => void
  readonly style?: Partial<SiteStyle>
  readonly fault: SiteFault
}

const reply = ({ rpc }: Arrival): string => JSON.stringify({ jsonrpc: "2.0", id: rpc.id, result: { content: [] } })

/** Writes half a body and takes the connection away. */
const half = (arrival: Arrival, headers: Record<string, string | number>, body: string): void => {
  const { response } = arrival
  response.writeHead(200, headers)
  response.write(body.slice(0, body.length / 2), () => response.socket?.destroy())
}

const cut: SiteFault = { _tag: "Cut", share: 0.5 }
const json = { "content-type": "application/json" }

const cases: ReadonlyArray<Case> = [
  {
    what: "a connection that is cut before the head",
    real: ({ response }) => void response.socket?.destroy(),
    fault: { _tag: "Cut", share: 0 }
  },
  {
    what: "a JSON body of known length that is cut",
    real: (arrival) => half(arrival, { ...json, "content-length": reply(arrival).length }, reply(arrival)),
    style: { answers: "json", framing: "length" },
    fault: cut
  },
  {
    what: "a JSON body in chunks that is cut",
    real: (arrival) => half(arrival, json, reply(arrival)),
    style: { answers: "json", framing: "chunked" },
    fault: cut
  },
  {
    what: "a JSON body that ends with its connection, too early",
    real: (arrival) => {
      const { socket } = arrival.response
      socket?.end(`HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n\r\n${reply(arrival).slice(0, 20)}`)
    },
    style: { answers: "json", framing: "close" },
    fault: cut
  },
  {
    what: "an event that is cut",
    real: (arrival) => half(arrival, { "content-type": "text/event-stream" }, event(JSON.parse(reply(arrival)))),
    fault: cut
  },
  {
    what: "an event stream that ends without the answer",
    real: (arrival) => {
      arrival.events(": nothing\n\n")
      arrival.response.end()
    },
    fault: { _tag: "EndStreams" }
  },
  {
    what: "status 503",
    real: ({ response }) => void response.writeHead(503, { "content-type": "text/html" }).end("<h1>503</h1>"),
    fault: { _tag: "Status", status: 503, body: "text", requests: 1 }
  },
  {
    what: "status 502 with a JSON-RPC error",
    real: (arrival) => arrival.json(502, { jsonrpc: "2.0", id: arrival.rpc.id, error: { code: -32_000, message: "" } }),
    fault: { _tag: "Status", status: 502, body: "rpc", requests: 1 }
  },
  {
    what: "refused credentials",
    real: ({ response }) => void response.writeHead(401, { "www-authenticate": "Bearer" }).end(),
    fault: { _tag: "Unauthorized", requests: 1 }
  },
  {
    what: "another media type",
    real: (arrival) => void arrival.response.writeHead(200, { "content-type": "text/html" }).end(reply(arrival)),
    fault: { _tag: "Type", type: "text/html" }
  }
]

for (const { fault, real, style = {}, what } of cases) {
  it.live(`the transport tells of ${what} in the same words, whether server and sockets are real or simulated`, () =>
    Effect.gen(function* () {
      const { url } = yield* httpServer(real)
      const { modern, witness } = yield* connectHttp(httpSpec(url))
      modern("sg:1", "tools/call", { name: "echo" })
      yield* witness.until(() => witness.told.length > 0)

      const open = openSite({ era: "stateless", style })
      const line = openLine(open)
      if (fault._tag !== "EndStreams") open.site.apply(fault)
      callOn(open, line, "sg:1")
      open.pass(1.5)
      if (fault._tag === "EndStreams") open.site.apply(fault)
      open.pass()
      assert.deepStrictEqual(
        [line.witness.told, line.witness.failures, line.witness.exits],
        [witness.told, witness.failures, witness.exits]
      )
    }).pipe(Effect.scoped, Effect.provide(httpLayer()))
  )
}
