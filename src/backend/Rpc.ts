import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import type { JsonObject } from "../domain/Json.ts"
import { plainHop } from "../protocol/Upstream.ts"
import type { Dialect } from "../protocol/Upstream.ts"
import type { Connection, Waiter } from "./Connection.ts"
import { quoted } from "./Quoted.ts"

/** The backend answered a request of the gateway itself with an error. */
export class RpcError extends Schema.TaggedError<RpcError>()("RpcError", {
  method: Schema.String,
  code: Schema.Number,
  detail: Schema.String,
  data: Schema.Unknown
}) {
  override get message(): string {
    return `${this.method} was answered with error ${this.code}: ${this.detail}`
  }
}

/** The connection ended before the backend answered a request of the gateway itself. */
export class RpcLost extends Schema.TaggedError<RpcLost>()("RpcLost", {
  method: Schema.String,
  reason: Schema.String,
  /** The connection stands, and the backend may have worked on the request: it is one that it can't answer. */
  unanswerable: Schema.Boolean,
  /** It wants (other) credentials. */
  authentication: Schema.Boolean
}) {
  override get message(): string {
    return `${this.method} got no answer: ${this.reason}`
  }
}

/** The backend says more of itself in the handshake than anyone will read. */
export class RpcTooLong extends Schema.TaggedError<RpcTooLong>()("RpcTooLong", {
  method: Schema.String,
  length: Schema.Number
}) {
  override get message(): string {
    return `its answer to ${this.method} is larger than ${handshakeLength} characters: it has ${this.length}`
  }
}

/** Characters of an answer in the handshake: capabilities, instructions and names are kept as long as it is up. */
export const handshakeLength = 262_144

const ask = (method: string, connection: Connection, send: (waiter: Waiter) => string, limit = Infinity) =>
  Effect.callback<JsonObject, RpcError | RpcLost | RpcTooLong>((resume) => {
    const id = send({
      reply: (reply) => {
        if (reply._tag === "Result") {
          const { length } = reply.resultText
          return resume(length > limit ? new RpcTooLong({ method, length }) : Effect.succeed(reply.result))
        }
        const error: unknown = JSON.parse(reply.errorText)
        const data = typeof error === "object" && error !== null && "data" in error ? error.data : undefined
        resume(Effect.fail(new RpcError({ method, code: reply.code, detail: quoted(reply.message), data })))
      },
      lost: (reason, alone) => {
        const { authentication = false, sent = false } = alone ?? {}
        resume(Effect.fail(new RpcLost({ method, reason, unanswerable: sent, authentication })))
      },
      progress: () => undefined
    })
    return Effect.sync(() => connection.abandon(id))
  })

/** One request of the gateway itself, in the dialect of the connection. Interruption forgets it. */
export const rpc = (connection: Connection, dialect: Dialect, method: string, params: JsonObject) =>
  ask(method, connection, (waiter) => connection.request(dialect, method, params, plainHop, waiter, false))

/** The same before the dialect is known: `params` goes out as it is. */
export const rpcRaw = (connection: Connection, method: string, params: JsonObject) =>
  ask(method, connection, (waiter) => connection.requestRaw(method, params, waiter), handshakeLength)
