import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import type { Authenticate } from "../../src/policy/Authenticator.ts"
import { echoing, MemoryBackend } from "../tree/memoryBackend.ts"
import { specOf } from "../tree/memoryGateway.ts"
import { send } from "./httpClient.ts"
import { aliceAndBob, httpEdge } from "./httpEdge.ts"
import { RawConnection } from "./rawHttp.ts"

const promise = Effect.promise

const edge = (authenticate: Authenticate) =>
  Effect.gen(function* () {
    const backend = new MemoryBackend(specOf("a"), { tools: ["echo"] }, { onCall: echoing })
    return { backend, ...(yield* httpEdge({ backends: [backend], authenticate })) }
  })

describe("who sends an HTTP request", () => {
  it.effect("is asked each time; 401 says how to show it, and nothing is called", () =>
    Effect.gen(function* () {
      const { backend, client, edgeLogs, url } = yield* edge(aliceAndBob)
      assert.strictEqual((yield* promise(() => client("alice").call("a__echo"))).status, 200)
      const calls = backend.calls.length
      const none = yield* promise(() => client().call("a__echo"))
      assert.strictEqual(none.status, 401)
      assert.strictEqual(none.headers["www-authenticate"], 'Bearer realm="sentinel-gateway"')
      const wrong = yield* promise(() => client("mallory-secret").call("a__echo"))
      assert.strictEqual(wrong.status, 401)
      assert.include(wrong.headers["www-authenticate"], 'error="invalid_token"')
      // Also where the request itself is no good: who is not known learns nothing.
      assert.strictEqual((yield* promise(() => send(url, { method: "GET" }))).status, 401)
      assert.strictEqual((yield* promise(() => send(url, { body: "{" }))).status, 401)
      assert.strictEqual(
        (yield* promise(() => send(`${url}?access_token=alice`, client().modern("tools/list")))).status,
        401
      )
      assert.strictEqual(backend.calls.length, calls)
      assert.isTrue(edgeLogs.some((line) => line.includes("unknown token")))
      assert.isFalse(edgeLogs.some((line) => line.includes("mallory-secret")))
    })
  )

  it.effect("must be shown once", () =>
    Effect.gen(function* () {
      const { url } = yield* edge(aliceAndBob)
      const lines = [`Host: ${new URL(url).host}`, "Authorization: Bearer alice", "Authorization: Bearer bob"]
      const raw = new RawConnection(url).send("GET /mcp", lines)
      assert.strictEqual(yield* promise(() => raw.status()), 401)
      raw.leave()
    })
  )

  it.effect("may be found out later: the request waits, its body as well", () =>
    Effect.gen(function* () {
      const { promise: known, resolve } = Promise.withResolvers<void>()
      const { client } = yield* edge((shown) =>
        Effect.andThen(
          Effect.promise(() => known),
          aliceAndBob(shown)
        )
      )
      const pending = client("bob").begin("tools/call", { name: "a__echo", arguments: { text: "x".repeat(100_000) } })
      yield* promise(() => new Promise((written) => pending.request.once("finish", written)))
      resolve()
      assert.strictEqual((yield* promise(() => pending.answer)).status, 200)
    })
  )

  it.effect("is nobody when the authenticator fails, throws, or names nobody", () =>
    Effect.gen(function* () {
      const broken: ReadonlyArray<Authenticate> = [
        () => Effect.die("defect"),
        () => Effect.andThen(Effect.yieldNow, Effect.die(new Error("defect"))),
        () => {
          throw new Error("thrown")
        },
        // As somebody may give it who writes without types.
        JSON.parse.bind(undefined, "null") as unknown as Authenticate,
        (() => Effect.succeed({})) as unknown as Authenticate
      ]
      for (const authenticate of broken) {
        const { client } = yield* Effect.scoped(edge(authenticate).pipe(Effect.flatMap(statusOf)))
        assert.strictEqual(client, 401)
      }
    })
  )
})

const statusOf = ({ client }: Effect.Success<ReturnType<typeof edge>>) =>
  promise(async () => ({ client: (await client("alice").call("a__echo")).status }))
