import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { once } from "node:events"
import { connect } from "node:net"
import { readHello } from "../../src/edge/AttachHello.ts"
import { claimSocket, serveSocket } from "../../src/edge/SocketEdge.ts"
import { socketFile } from "../../src/edge/SocketPlace.ts"
import { Gateway } from "../../src/gateway/Gateway.ts"
import { memoryGateway } from "../tree/memoryGateway.ts"
import { freshDirectory } from "../tree/memoryState.ts"

const promise = Effect.promise

describe("a socket that is claimed before there is a gateway", () => {
  it.effect("keeps who comes waiting, and greets them when there is one", () =>
    Effect.gen(function* () {
      const stateDirectory = freshDirectory()
      const claimed = yield* claimSocket(stateDirectory)
      if (claimed === undefined) return assert.fail("no socket could be made")
      const early = connect(socketFile(stateDirectory))
      yield* promise(() => once(early, "connect"))
      // So that it has been taken: the system takes connections before the program does.
      yield* promise(() => new Promise((turn) => setImmediate(turn)))
      const { gateway } = yield* memoryGateway({ backends: [] })
      const greeting = once(early.setEncoding("utf8"), "data")
      const options = { stateDirectory, config: null, version: "0", frameBytes: 1_024, drainMillis: 1_000 }
      yield* serveSocket(claimed, options).pipe(Effect.provideService(Gateway, gateway))
      const [line] = yield* promise(() => greeting)
      assert.strictEqual(readHello(String(line).trim())?.pid, process.pid)
      early.destroy()
    })
  )

  it.effect("lets them go when there never is one", () =>
    Effect.gen(function* () {
      const stateDirectory = freshDirectory()
      const early = yield* Effect.scoped(
        Effect.gen(function* () {
          yield* claimSocket(stateDirectory)
          const socket = connect(socketFile(stateDirectory))
          yield* promise(() => once(socket, "connect"))
          yield* promise(() => new Promise((turn) => setImmediate(turn)))
          return socket
        })
      )
      if (!early.closed) yield* promise(() => once(early.resume(), "close"))
      assert.isTrue(early.destroyed)
    })
  )
})
