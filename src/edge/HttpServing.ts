import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import { Gateway } from "../gateway/Gateway.ts"
import { fork } from "../kernel/Fork.ts"
import { launcher } from "../kernel/Launcher.ts"
import { Authenticator } from "../policy/Authenticator.ts"
import { CannotListen } from "./CannotListen.ts"
import { isLoopback } from "./HostCheck.ts"
import { mergedPath } from "./HttpEndpoint.ts"
import { HttpFront } from "./HttpFront.ts"
import { closing, letGo, listen, makeServer } from "./HttpListener.ts"
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

/**
 * Serves the gateway over HTTP, at `/mcp` and `/servers/<backend>/mcp`, until the scope closes. Fails when it can't
 * listen; that includes an address that others can reach as long as everybody counts as the local user.
 */
export const serveHttp: (settings: HttpSettings) => Effect.Effect<HttpServing, CannotListen, Gateway | Scope.Scope> =
  Effect.fn("HttpServing.serve")(function* (settings: HttpSettings) {
    const gateway = yield* Gateway
    const authenticate = yield* Authenticator
    if (authenticate === Context.get(Context.empty(), Authenticator) && !isLoopback(settings.host)) {
      return yield* CannotListen.open(settings.host, settings.port)
    }
    const launch = yield* launcher<never>()
    const { bounds } = settings
    const answers = new OpenAnswers()
    const sessions = new HttpSessions(gateway, bounds, answers)
    const stateful = new HttpStateful(gateway, sessions)
    const posts = new HttpPosts(gateway, stateful, answers)
    const front = new HttpFront({ settings, gateway, authenticate, posts, stateful, launch })
    const server = makeServer(bounds, front.handle)
    const endAll = Effect.sync(() => {
      sessions.endAll()
      answers.abandon()
      gateway.flush()
    })
    const cutAll = Effect.sync(() => {
      server.close()
      server.closeAllConnections()
    })
    yield* Effect.addFinalizer(() => Effect.andThen(endAll, cutAll))
    const port = yield* listen(server, settings)
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
        const closed = closing(server)
        yield* noCall(answers).pipe(Effect.timeoutOption(bounds.drainMillis))
        yield* endAll
        yield* letGo(server, closed)
      })
    }
    return serving
  })

const noCall = (answers: OpenAnswers): Effect.Effect<void> =>
  Effect.callback<void>((resume) => Effect.sync(answers.whenNoCall(() => resume(Effect.void))))
