import * as Effect from "effect/Effect"
import type { IncomingMessage, ServerResponse } from "node:http"
import type { Gateway } from "../gateway/Gateway.ts"
import type { Launch } from "../kernel/Launcher.ts"
import type { Authenticate } from "../policy/Authenticator.ts"
import { refusalCodes } from "../domain/Outcome.ts"
import { jsonRpcCodes } from "../protocol/JsonRpcCodes.ts"
import { ArrivingBodies } from "./ArrivingBodies.ts"
import { HostCheck } from "./HostCheck.ts"
import { notNow, refuse } from "./HttpAnswer.ts"
import type { HttpRefusal } from "./HttpAnswer.ts"
import { readBody } from "./HttpBody.ts"
import type { BodyBounds, BodyFault } from "./HttpBody.ts"
import { answerPreflight, isPreflight, shareWith } from "./HttpCors.ts"
import { absoluteTarget, scopeOf } from "./HttpEndpoint.ts"
import { headerOf, isJson, repeatedHeader, takesOf } from "./HttpHeaders.ts"
import { isOfSession } from "./HttpPosts.ts"
import type { HttpPosts } from "./HttpPosts.ts"
import type { HttpSettings } from "./HttpSettings.ts"
import type { HttpStateful } from "./HttpStateful.ts"
import { identify } from "./Identify.ts"
import type { Identity } from "./Identify.ts"
import type { Exchange } from "./LoneAnswer.ts"

/** What requests go through to. */
export interface FrontSettings {
  readonly settings: HttpSettings
  readonly gateway: Gateway["Service"]
  readonly authenticate: Authenticate
  readonly posts: HttpPosts
  readonly stateful: HttpStateful
  readonly launch: Launch<never>
}

/**
 * The way of every HTTP request, in this order: `Host` and `Origin`, the path, who sends it, the method, the form of its
 * body, its size. Each of them refuses by itself, and nothing behind it has been done then.
 */
export class HttpFront {
  readonly #front: FrontSettings
  readonly #hosts: HostCheck
  readonly #body: BodyBounds

  constructor(front: FrontSettings) {
    this.#front = front
    this.#hosts = new HostCheck(front.settings)
    const { bodyBytes, bodyBytesInAll } = front.settings.bounds
    this.#body = { limit: bodyBytes, arriving: new ArrivingBodies(bodyBytesInAll) }
  }

  readonly handle = (request: IncomingMessage, response: ServerResponse): void => {
    response.on("error", nothingLeftToDo)
    const { url = "" } = request
    const absolute = absoluteTarget(url)
    // What the target names stands in for `Host`, whatever that says.
    const host = absolute?.authority ?? request.headers.host ?? ""
    const repeated = repeatedHeader(request.rawHeaders)
    if (repeated === "host" || !this.#hosts.serves(host)) return this.#refuse(request, response, foreignHost)
    const origin = headerOf(request.headers, "origin")
    const verdict = this.#hosts.origin(origin, host)
    if (verdict === "foreign") return this.#refuse(request, response, foreignOrigin)
    if (verdict === "named" && origin !== undefined) shareWith(origin, response)
    const scope = scopeOf(absolute?.path ?? url)
    if (scope === false) return this.#refuse(request, response, noSuchPath)
    if (verdict === "named" && isPreflight(request)) return answerPreflight(request, response)
    if (repeated === "authorization") return this.#refuse(request, response, unauthenticated(true))
    if (repeated === "content-type") return this.#refuse(request, response, notJson)
    this.#authenticate(request, response, scope)
  }

  #authenticate(request: IncomingMessage, response: ServerResponse, scope: string | undefined): void {
    const { authenticate, launch, settings } = this.#front
    const identity = identify(authenticate, request, settings.bounds.requestMillis)
    if (!Effect.isEffect(identity)) return this.#identified(identity, request, response, scope)
    const then = Effect.map(identity, (later) => {
      if (!response.destroyed) this.#identified(later, request, response, scope)
    })
    launch("authentication", then)
  }

  #identified(identity: Identity, request: IncomingMessage, response: ServerResponse, scope: string | undefined): void {
    if ("principal" in identity) {
      // Only now: strangers are not told which backends there are.
      if (scope !== undefined && !this.#front.gateway.hasBackend(scope)) {
        return this.#refuse(request, response, noSuchPath)
      }
      const takes = takesOf(request.headers.accept)
      return this.#serve({ request, response, principal: identity.principal, scope, takes })
    }
    this.#front.launch("log", Effect.logInfo(`an HTTP request is refused: ${identity.reason}`))
    this.#refuse(request, response, unauthenticated(request.headers.authorization !== undefined))
  }

  #serve(exchange: Exchange): void {
    const { request, response } = exchange
    const { stateful } = this.#front
    if (request.method === "POST") return this.#post(exchange)
    const ofSession = isOfSession(exchange)
    if (!ofSession || (request.method !== "GET" && request.method !== "DELETE")) {
      return this.#refuse(request, response, ofSession ? noSuchMethod : onlyPost)
    }
    if (request.method === "DELETE") return this.#done(exchange, stateful.end(exchange))
    this.#done(exchange, stateful.listen(exchange))
  }

  #post(exchange: Exchange): void {
    const { request, response, takes } = exchange
    const { headers } = request
    if (!isJson(headers["content-type"])) return this.#refuse(request, response, notJson)
    const encoding = headers["content-encoding"]
    if (encoding !== undefined && encoding !== "identity") return this.#refuse(request, response, encoded)
    if (!takes.json && !takes.sse) return this.#refuse(request, response, notAcceptable)
    readBody(request, response, this.#body, {
      onBody: (text) => this.#done(exchange, this.#front.posts.post(exchange, text)),
      onFault: (fault) => this.#unfit(exchange, fault)
    })
  }

  #unfit({ request, response }: Exchange, fault: BodyFault): void {
    switch (fault) {
      case "tooLarge":
        return this.#refuse(request, response, tooLarge(this.#body.limit))
      case "notUtf8":
        return this.#refuse(request, response, notUtf8)
      case "noRoom":
        // No more of this body is wanted, however short the rest may be.
        return refuse(request, response, noRoom, 0)
    }
  }

  #done({ request, response }: Exchange, refusal: HttpRefusal | undefined): void {
    if (refusal !== undefined) this.#refuse(request, response, refusal)
  }

  #refuse(request: IncomingMessage, response: ServerResponse, refusal: HttpRefusal): void {
    refuse(request, response, refusal, this.#body.limit)
  }
}

/** A client that is gone shows by `close`, which is always listened to where it matters. */
const nothingLeftToDo = (): void => undefined

const transport = (status: number, message: string, ...headers: ReadonlyArray<string>): HttpRefusal => ({
  status,
  code: jsonRpcCodes.invalidRequest,
  message,
  headers
})

const foreignHost = transport(403, "this Host is not served here; [gateway] allowed_hosts names further ones")
const foreignOrigin = transport(403, "this Origin is not served here; [gateway] allowed_origins names further ones")
const noSuchPath = transport(404, "there is nothing here: the gateway is at /mcp, one server at /servers/NAME/mcp")
const onlyPost = transport(405, "without a session there is only POST", "Allow", "POST")
const noSuchMethod = transport(405, "a session knows GET, POST and DELETE", "Allow", "GET, POST, DELETE")
const notJson = transport(415, "the body must be application/json, in UTF-8")
const encoded = transport(415, "the body must not be encoded", "Accept-Encoding", "identity")
const notAcceptable = transport(406, "the answer is application/json or text/event-stream: Accept must name both")

const tooLarge = (limit: number): HttpRefusal =>
  transport(413, `a message may have at most ${limit} bytes (max_frame_bytes)`)

const notUtf8: HttpRefusal = { status: 400, code: jsonRpcCodes.parseError, message: "the body is not UTF-8", id: null }

/** When a client whose body found no room should try again, in milliseconds. */
const bodyRetryMillis = 1_000

const noRoom = notNow(
  refusalCodes.overloaded,
  "too much of other requests is arriving at this moment; try again shortly",
  bodyRetryMillis
)

/** RFC 6750, section 3. */
const unauthenticated = (shown: boolean): HttpRefusal =>
  transport(
    401,
    "the gateway does not know who sends this",
    "WWW-Authenticate",
    `Bearer realm="sentinel-gateway"${shown ? ', error="invalid_token"' : ""}`
  )
