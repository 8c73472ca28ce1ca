import { assert, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { Connectors } from "../../src/backend/Connectors.ts"
import { InstanceFile } from "../../src/backend/InstanceFile.ts"
import { StopMode } from "../../src/backend/StopMode.ts"
import { connectHttp, httpServer, httpSpec } from "./httpServer.ts"
import { connectReady, instanceId, scriptSpec } from "./stdioBackend.ts"

it.live("each backend is opened the way it is configured, and what HTTP needs is asked for once, when needed", () => {
  let asked = 0
  const layer = Connectors.layer({
    stdio: { variables: process.env, ownNode: process.execPath, searchFirst: [] },
    http: Effect.sync(() => {
      asked++
      return {}
    })
  }).pipe(Layer.provideMerge(Layer.mergeAll(StopMode.layer, InstanceFile.none(instanceId))))
  return Effect.gen(function* () {
    const stdio = yield* connectReady(scriptSpec(`console.log("ready"); process.stdin.resume()`))
    assert.deepStrictEqual([stdio.first, asked], ["ready", 0])
    const { url } = yield* httpServer((arrival) => arrival.result({}))
    for (let index = 1; index <= 2; index++) {
      const { modern, transport, witness } = yield* connectHttp(httpSpec(url))
      modern("sg:1", "tools/list")
      yield* witness.until(() => witness.replyTo("sg:1") !== undefined)
      assert.isUndefined(transport.pid)
    }
    assert.strictEqual(asked, 1)
  }).pipe(Effect.scoped, Effect.provide(layer))
})
