import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import { Gateway } from "../gateway/Gateway.ts"
import { fork } from "../kernel/Fork.ts"
import { launcher } from "../kernel/Launcher.ts"
import { Authenticator } from "../policy/Authenticator.ts"
import type { CannotListen } from "./CannotListen.ts"
import { callsOver } from "./Draining.ts"
import { bindHttp, cutAll } from "./HttpBinding.ts"
import type { HttpBinding } from "./HttpBinding.ts"
import { mergedPath } from "./HttpEndpoint.ts"
import { HttpFront } from "./HttpFront.ts"
import { answerBy, closing, letGo } from "./HttpListener.ts"
import { HttpPosts } from "./HttpPosts.ts"
import { HttpSessions } from "./HttpSessions.ts"
import type { HttpSettings } from "./HttpSettings.ts"
import { HttpStateful } from "./HttpStateful.ts"
import { OpenAnswers } from "./OpenAnswers.ts"

/** The gateway as it is served over HTTP. */
export interface HttpServing {
  /** Of the merged gateway. */
  readonly url: string
  readonly host: string
  readonly port: number
  /** What is open now. */
  readonly load: () => { readonly sessions: number; readonly calls: number; readonly streams: number }
  readonly connections: Effect.Effect<number>
  /**
   * Ends the serving as the clients need it: nothing new begins, what runs gets `drainMillis`, then every stream ends
   * the way of its era. Interrupted, or without it, the end of the scope cuts everything off.
   */
  readonly drain: Effect.Effect<void>
}

/** Takes the place and serves there: see `bindHttp` and `serveBound`. */
export const serveHttp = (settings: HttpSettings): Effect.Effect<HttpServing, CannotListen, Gateway | Scope.Scope> =>
  Effect.flatMap(bindHttp(settings), serveBound)

/** Serves the gateway over HTTP, at `/mcp` and `/servers/<backend>/mcp`, until the scope closes. */
export const serveBound: (binding: HttpBinding) => Effect.Effect<HttpServing, never, Gateway | Scope.Scope> = Effect.fn(
  "HttpServing.serve"
)(function* ({ port, server, settings }: HttpBinding) {
  const gateway = yield* Gateway
  const authenticate = yield* Authenticator
  const launch = yield* launcher<never>()
  const { bounds } = settings
  const answers = new OpenAnswers()
  const sessions = new HttpSessions(gateway, bounds, answers)
  const stateful = new HttpStateful(gateway, sessions)
  const posts = new HttpPosts(gateway, stateful, answers)
  const front = new HttpFront({ settings, gateway, authenticate, posts, stateful, launch })
  const endAll = Effect.sync(() => {
    sessions.endAll()
    answers.abandon()
    gateway.flush()
  })
  yield* Effect.addFinalizer(() =>
    Effect.andThen(
      endAll,
      Effect.sync(() => cutAll(server))
    )
  )
  answerBy(server, front.handle)
  const keepAlive = Effect.sleep(bounds.keepAliveMillis).pipe(
    Effect.andThen(
      Effect.sync(() => {
        answers.tick()
        sessions.tick()
      })
    ),
    Effect.forever
  )
  yield* fork("keep-alive of the HTTP clients", keepAlive)
  const serving: HttpServing = {
    url: `http://${settings.host.includes(":") ? `[${settings.host}]` : settings.host}:${port}${mergedPath}`,
    host: settings.host,
    port,
    load: () => ({ sessions: sessions.size, calls: answers.calls, streams: answers.streams }),
    connections: Effect.callback<number>((resume) => {
      server.getConnections((_error, count) => resume(Effect.succeed(count)))
    }),
    drain: Effect.gen(function* () {
      posts.draining = true
      // Until then it listens: clients still have to answer questions, to cancel, and to come back to their streams.
      yield* callsOver(answers, sessions).pipe(Effect.timeoutOption(bounds.drainMillis))
      const closed = closing(server)
      yield* endAll
      yield* letGo(server, closed)
    })
  }
  return serving
})
