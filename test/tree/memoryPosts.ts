import type { JsonObject } from "../../src/domain/Json.ts"
import { localPrincipal, type Principal } from "../../src/domain/Principal.ts"
import type { Gateway } from "../../src/gateway/Gateway.ts"
import type { Answering } from "../../src/gateway/LonePosts.ts"
import { parse } from "../../src/protocol/Envelope.ts"
import { metaKeys } from "../../src/protocol/Meta.ts"
import { objectIn, parseObject, type Id } from "../fixtures/envelope.ts"

export interface PostOptions {
  readonly id?: Id
  readonly progressToken?: Id
  /** What the client can do. */
  readonly can?: JsonObject
  readonly version?: string
  readonly logLevel?: string
  /** Put in, but nothing runs yet. */
  readonly unflushed?: boolean
}

/** A request that stands alone, with what came back. */
export class MemoryPost {
  readonly notes: Array<JsonObject> = []
  /** Replies with their codes: one, or none. */
  readonly replies: Array<{ readonly message: JsonObject; readonly code: number | undefined }> = []
  /** The number of notes when the reply came. */
  notesBefore = 0
  answering: Answering | undefined
  /** What its client does when the reply comes. */
  onReply: () => void = () => undefined

  /** The one reply; throws when there is none or more than one. */
  get reply(): JsonObject {
    const [first, ...more] = this.replies
    if (first === undefined || more.length > 0) throw new Error(`a post has ${this.replies.length} replies`)
    return first.message
  }

  get code(): number | undefined {
    return this.replies[0]?.code
  }
}

/** One who posts requests of the stateless era, each by itself. */
export class Poster {
  readonly #gateway: Gateway["Service"]
  readonly #principal: Principal
  readonly #scope: string | undefined
  #ids = 0

  constructor(gateway: Gateway["Service"], principal: Principal = localPrincipal, scope?: string) {
    this.#gateway = gateway
    this.#principal = principal
    this.#scope = scope
  }

  post(method: string, params: JsonObject = {}, options: PostOptions = {}): MemoryPost {
    const { can = {}, id = ++this.#ids, logLevel, progressToken, unflushed = false, version = "2026-07-28" } = options
    const meta = {
      ...objectIn(params, "_meta"),
      [metaKeys.protocolVersion]: version,
      [metaKeys.clientCapabilities]: can,
      ...(logLevel === undefined ? undefined : { [metaKeys.logLevel]: logLevel }),
      ...(progressToken === undefined ? undefined : { progressToken })
    }
    const post = this.put({ jsonrpc: "2.0", id, method, params: { ...params, _meta: meta } })
    if (!unflushed) this.#gateway.flush()
    return post
  }

  /** Calls a tool. */
  call(name: string, args: JsonObject = {}, options: PostOptions = {}): MemoryPost {
    return this.post("tools/call", { name, arguments: args }, options)
  }

  /** Puts a request in as it is. */
  put(message: JsonObject): MemoryPost {
    const request = parse(JSON.stringify(message))
    if (request._tag !== "Request") throw new Error("the test posts what is no request")
    const post = new MemoryPost()
    const principal = this.#principal
    post.answering = this.#gateway.answer({
      principal,
      scope: this.#scope,
      request,
      note: (frame) => void post.notes.push(parseObject(frame) ?? {}),
      reply: (frame, code) => {
        post.notesBefore = post.notes.length
        post.replies.push({ message: parseObject(frame) ?? {}, code })
        post.onReply()
      }
    })
    return post
  }
}
