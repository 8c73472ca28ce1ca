import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import { statefulVersions } from "../domain/Era.ts"
import { isJsonObject } from "../domain/Json.ts"
import type { JsonObject } from "../domain/Json.ts"
import { Gateway } from "../gateway/Gateway.ts"
import { withoutRaw } from "../protocol/BulkString.ts"
import { parse, type IncomingReply } from "../protocol/Envelope.ts"
import { replyText } from "../protocol/Splice.ts"
import { identity } from "./Tree.ts"

/** The reply to a request: its result or error, as a value and word for word. */
export interface Answer {
  readonly kind: IncomingReply["kind"]
  readonly value: JsonObject
  readonly text: string
}

/** A client inside of this process. It goes the way of every client: a session, the gates, the router, the backend. */
export interface LocalClient {
  readonly request: (method: string, params: JsonObject) => Effect.Effect<Answer>
}

/** Connects a client that has initialized its session, and can do nothing but ask. */
export const connectLocal = Effect.gen(function* () {
  const gateway = yield* Gateway
  const waiting = new Map<string | number, Deferred.Deferred<Answer>>()
  const receive = (frame: string) => {
    const message = parse(frame)
    if (message._tag !== "Reply") return
    const built = withoutRaw(message.value)
    const value = isJsonObject(built) ? built : message.value
    const answer = { kind: message.kind, value, text: replyText(message) }
    const deferred = waiting.get(message.id)
    if (deferred !== undefined) Deferred.doneUnsafe(deferred, Effect.succeed(answer))
  }
  const session = gateway.connect({ sessionId: "local", send: receive })
  yield* Effect.addFinalizer(() => Effect.sync(() => session.close()))
  const put = (message: JsonObject) => {
    session.receive(JSON.stringify({ jsonrpc: "2.0", ...message }))
    gateway.flush()
  }
  let lastId = 0
  const request: LocalClient["request"] = (method, params) =>
    Effect.suspend(() => {
      const id = ++lastId
      const deferred = Deferred.makeUnsafe<Answer>()
      waiting.set(id, deferred)
      put({ id, method, params })
      const cancel = () => put({ method: "notifications/cancelled", params: { requestId: id, reason: "interrupted" } })
      return Deferred.await(deferred).pipe(
        Effect.onInterrupt(() => Effect.sync(cancel)),
        Effect.ensuring(Effect.sync(() => waiting.delete(id)))
      )
    })
  yield* request("initialize", { protocolVersion: statefulVersions[0], capabilities: {}, clientInfo: { ...identity } })
  put({ method: "notifications/initialized" })
  const client: LocalClient = { request }
  return client
})
