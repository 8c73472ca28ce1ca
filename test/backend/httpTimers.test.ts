import { assert, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Scope from "effect/Scope"
import { vi } from "vitest"
import { departureMillis } from "../../src/backend/HttpDeparture.ts"
import { farewellBounds } from "../../src/backend/HttpFarewell.ts"
import { listeningBounds } from "../../src/backend/HttpListening.ts"
import { messageBounds } from "../../src/backend/HttpMessage.ts"
import type { Wire, WireController, WireHandler, WireRequest } from "../../src/backend/Wire.ts"
import { Timers } from "../../src/kernel/Timers.ts"
import { VirtualTime } from "../../src/simulation/VirtualTime.ts"
import { connectHttp, event, httpLayer, httpSpec } from "./httpServer.ts"

const controller: WireController = { abort: () => undefined }

/** A wire without connections: a test answers what has been sent, by hand. */
class HandWire implements Wire {
  readonly sent: Array<{ readonly request: WireRequest; readonly handler: WireHandler }> = []
  isDestroyed = false

  readonly send = (request: WireRequest, handler: WireHandler): void => {
    this.sent.push({ request, handler })
    handler.onRequestStart(controller)
  }

  readonly destroy = (done: () => void): void => {
    this.isDestroyed = true
    done()
  }

  /** What has been sent, in short. */
  words(): ReadonlyArray<string> {
    return this.sent.map(({ request }) => `${request.method} ${methodIn(request)}`.trim())
  }

  /** Answers the latest request. */
  answer(status: number, headers: Record<string, string> = {}, text = ""): void {
    const { handler } = this.#latest()
    handler.onResponseStart(controller, status, headers)
    if (text !== "") handler.onResponseData(controller, Buffer.from(text))
    handler.onResponseEnd(controller)
  }

  #latest() {
    const latest = this.sent.at(-1)
    assert.isDefined(latest)
    return latest
  }
}

const methodIn = ({ body }: WireRequest): string => {
  const message: unknown = body === null ? {} : JSON.parse(body)
  return typeof message === "object" && message !== null && "method" in message ? String(message.method) : ""
}

const json = { "content-type": "application/json", "content-length": "1" }
const stream = { "content-type": "text/event-stream" }

/** A session on a wire without connections, whose own stream has been asked for. */
const openSession = Effect.fnUntraced(function* (wire: HandWire) {
  const line = yield* connectHttp(httpSpec("http://server.example/mcp"))
  line.initialize("sg:0")
  wire.answer(200, { ...json, "mcp-session-id": "s" }, '{"jsonrpc":"2.0","id":"sg:0","result":{}}')
  line.notify("notifications/initialized")
  wire.answer(202)
  return line
})

/** Runs with timers that a test moves, and sees to it that nothing goes by those of the machine. */
const withTime = <A, E>(
  run: (time: VirtualTime, wire: HandWire) => Effect.Effect<A, E, Effect.Services<ReturnType<typeof openSession>>>
) =>
  Effect.suspend(() => {
    const time = new VirtualTime()
    const wire = new HandWire()
    const real = vi.spyOn(globalThis, "setTimeout")
    return run(time, wire).pipe(
      Effect.andThen(Effect.sync(() => assert.strictEqual(real.mock.calls.length, 0))),
      Effect.provide(httpLayer({ wire: () => wire })),
      Effect.provideService(Timers, time),
      Effect.ensuring(Effect.sync(() => real.mockRestore()))
    )
  })

it.effect("what waits for the stream of the session waits by the timers that the line is given", () =>
  withTime((time, wire) =>
    Effect.scoped(
      Effect.gen(function* () {
        const { legacy, transport } = yield* openSession(wire)
        legacy("sg:1", "tools/list")
        time.advance(listeningBounds.standMillis - 1)
        assert.deepStrictEqual(wire.words(), ["POST initialize", "POST notifications/initialized", "GET"])
        time.advance(1)
        assert.deepStrictEqual(wire.words().slice(3), ["POST tools/list"])
        transport.kill()
      })
    )
  )
)

it.effect("streams are opened again by the timers that the line is given", () =>
  withTime((time, wire) =>
    Effect.scoped(
      Effect.gen(function* () {
        const { legacy, transport } = yield* openSession(wire)
        wire.answer(200, stream)
        time.advance(listeningBounds.retryMillis * 2 - 1)
        assert.strictEqual(wire.sent.length, 3)
        time.advance(1)
        assert.deepStrictEqual(wire.words().slice(3), ["GET"])
        legacy("sg:1", "tools/call", { name: "echo" })
        wire.answer(200, stream, event({ jsonrpc: "2.0", method: "notifications/message" }, "7"))
        time.advance(messageBounds.resumeMillis - 1)
        assert.strictEqual(wire.sent.length, 5)
        time.advance(1)
        assert.include(wire.sent[5]?.request.headers ?? [], "last-event-id")
        transport.kill()
      })
    )
  )
)

it.effect("a line departs by the timers that it is given", () =>
  withTime((time, wire) =>
    Effect.scoped(
      Effect.gen(function* () {
        const { legacy, transport, witness } = yield* openSession(wire)
        wire.answer(405)
        for (const id of ["sg:1", "sg:2", "sg:3"]) legacy(id, "tools/list")
        wire.answer(404)
        time.advance(departureMillis - 1)
        assert.deepStrictEqual(witness.exits, [])
        time.advance(1)
        assert.deepStrictEqual(witness.exits, [{ reason: "ended the session", renewable: true, unsent: ["sg:3"] }])
        transport.kill()
      })
    )
  )
)

it.effect("what is under way when a line departs is looked at on the turn after, not in the middle of one", () =>
  withTime((time, wire) =>
    Effect.scoped(
      Effect.gen(function* () {
        const { legacy, transport, witness } = yield* openSession(wire)
        wire.answer(405)
        for (const id of ["sg:1", "sg:2"]) legacy(id, "tools/list")
        wire.answer(404)
        transport.drop?.("sg:1")
        assert.deepStrictEqual(witness.exits, [])
        time.settle()
        assert.strictEqual(witness.exits.length, 1)
      })
    )
  )
)

it.effect("a goodbye that nobody takes is given up by the timers that the line is given", () =>
  withTime((time, wire) =>
    Effect.gen(function* () {
      const scope = yield* Scope.make()
      yield* Scope.provide(openSession(wire), scope)
      const closing = yield* Effect.forkChild(Scope.close(scope, Exit.void), { startImmediately: true })
      assert.deepStrictEqual(wire.words().slice(3), ["DELETE"])
      time.advance(farewellBounds.millis - 1)
      assert.isFalse(wire.isDestroyed)
      time.advance(1)
      yield* Fiber.join(closing)
      assert.isTrue(wire.isDestroyed)
    }).pipe(Effect.scoped)
  )
)
