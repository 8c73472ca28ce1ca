import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { bindHttp } from "../../src/edge/HttpBinding.ts"
import { serveBound } from "../../src/edge/HttpServing.ts"
import { Gateway } from "../../src/gateway/Gateway.ts"
import { memoryGateway } from "../tree/memoryGateway.ts"
import { httpSettings } from "./httpEdge.ts"
import { HttpClient } from "./mcpClient.ts"

const promise = Effect.promise

describe("a place for HTTP", () => {
  it.effect("is there before the gateway: requests are told to come back, on the same connection too", () =>
    Effect.gen(function* () {
      const binding = yield* bindHttp(httpSettings({}))
      const client = new HttpClient(`http://127.0.0.1:${binding.port}/mcp`)
      const early = yield* promise(() => client.ask("tools/list"))
      assert.deepStrictEqual([early.status, early.headers["retry-after"]], [503, "1"])
      assert.include(early.text, "-31002")
      const { gateway } = yield* memoryGateway({ backends: [] })
      yield* serveBound(binding).pipe(Effect.provideService(Gateway, gateway))
      assert.strictEqual((yield* promise(() => client.ask("tools/list"))).status, 200)
    })
  )

  it.effect("is free again when it is given up", () =>
    Effect.gen(function* () {
      const { port } = yield* Effect.scoped(bindHttp(httpSettings({})))
      assert.strictEqual((yield* bindHttp(httpSettings({ http: { port } }))).port, port)
      assert.strictEqual((yield* Effect.flip(bindHttp(httpSettings({ http: { port } })))).reason, "taken")
    })
  )
})
