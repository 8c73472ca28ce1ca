import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import type { ByteInput } from "../../src/edge/ByteInput.ts"
import { drainMillis } from "../../src/edge/ClientLine.ts"
import { backlogBytes, unreadBytes } from "../../src/edge/OutBox.ts"
import { serveStdio } from "../../src/edge/StdioEdge.ts"
import { Gateway } from "../../src/gateway/Gateway.ts"
import { objectIn, parseObject } from "../fixtures/envelope.ts"
import { MemoryBackend } from "./memoryBackend.ts"
import { memoryGateway, pass, settle, specOf } from "./memoryGateway.ts"
import { SlowOutput } from "./slowOutput.ts"

/** The line of a client that a test holds in its hands: it says what comes, and sees when nobody reads. */
class HeldInput implements ByteInput {
  paused = false
  #onChunk: (chunk: Buffer) => void = () => undefined
  #onEnd: () => void = () => undefined

  readonly listen = (onChunk: (chunk: Buffer) => void, onEnd: () => void): void => {
    this.#onChunk = onChunk
    this.#onEnd = onEnd
  }
  readonly pause = (): void => {
    this.paused = true
  }
  readonly resume = (): void => {
    this.paused = false
  }

  send(message: object): void {
    this.#onChunk(Buffer.from(`${JSON.stringify(message)}\n`))
  }

  end(): void {
    this.#onEnd()
  }
}

const updated = "notifications/resources/updated"

const served = Effect.gen(function* () {
  const backend = new MemoryBackend(
    specOf("a"),
    { tools: ["large"], resources: ["note://1", "note://2"] },
    {
      onCall: (call, line) => {
        line.notify("notifications/progress", { progressToken: call.id, progress: 1 })
        line.reply(call, { content: [{ type: "text", text: "x".repeat(backlogBytes) }] })
      }
    }
  )
  const { gateway } = yield* memoryGateway({ backends: [backend] })
  const [input, output] = [new HeldInput(), new SlowOutput()]
  const serving = yield* serveStdio({ input, output, clientGone: () => false }, 1_000_000).pipe(
    Effect.scoped,
    Effect.provideService(Gateway, gateway),
    Effect.forkChild
  )
  yield* settle
  const initialize = { protocolVersion: "2025-11-25", capabilities: {}, clientInfo: { name: "t", version: "1" } }
  input.send({ jsonrpc: "2.0", id: 0, method: "initialize", params: initialize })
  yield* settle
  output.take()
  const call = (id: number) =>
    input.send({ jsonrpc: "2.0", id, method: "tools/call", params: { name: "a__large", _meta: { progressToken: id } } })
  return { backend, call, input, output, serving, gateway }
})

const ids = ({ lines }: SlowOutput) => lines.map((line) => parseObject(line)?.["id"])

describe("a client that does not read", () => {
  it.effect("is not read from, until it has caught up; no reply is lost, progress is", () =>
    Effect.gen(function* () {
      const { call, input, output } = yield* served
      call(1)
      yield* settle
      assert.isTrue(input.paused)
      // What was on its way when it was paused is still served.
      call(2)
      yield* settle
      assert.isTrue(input.paused)
      output.flow()
      yield* settle
      assert.isFalse(input.paused)
      call(3)
      yield* settle
      assert.deepStrictEqual(ids(output), [0, undefined, 1, 2, undefined, 3])
    })
  )

  it.effect("INV-32 does not make a backlog of updates, however many come, and has them when it reads", () =>
    Effect.gen(function* () {
      const { backend, call, input, output } = yield* served
      const update = (uri: string) => backend.line.notify(updated, { uri })
      input.send({ jsonrpc: "2.0", method: "notifications/initialized" })
      for (const uri of ["note://1", "note://2"])
        input.send({ jsonrpc: "2.0", id: uri, method: "resources/subscribe", params: { uri } })
      yield* settle
      call(1)
      yield* settle
      const before = output.writableLength
      for (let n = 0; n < 200; n++) {
        for (let m = 0; m < 50; m++) update(`note://${1 + (m % 2)}`)
        yield* Effect.yieldNow
      }
      yield* settle
      assert.strictEqual(output.writableLength, before)
      output.flow()
      yield* settle
      const updates = output.lines.map(parseObject).filter((message) => message?.["method"] === updated)
      assert.deepStrictEqual(
        updates.map((message) => objectIn(message, "params")["uri"]),
        ["note://1", "note://2"]
      )
    })
  )

  it.effect("INV-32 has its session ended when its backlog is beyond all measure", () =>
    Effect.gen(function* () {
      const { call, output, serving, gateway } = yield* served
      for (let n = 0; n <= unreadBytes / backlogBytes; n++) {
        call(n)
        yield* settle
      }
      assert.isTrue(output.destroyed)
      yield* pass(drainMillis)
      assert.isDefined(serving.pollUnsafe())
      assert.strictEqual(gateway.status()["running"], 0)
    })
  )

  it.effect("and has closed its end does not keep the gateway for ever", () =>
    Effect.gen(function* () {
      const { call, input, output, serving } = yield* served
      call(1)
      yield* settle
      input.end()
      yield* pass(4_000)
      assert.isUndefined(serving.pollUnsafe())
      yield* pass(6_000)
      assert.isDefined(serving.pollUnsafe())
      assert.deepStrictEqual(ids(output), [0])
    })
  )

  it.effect("does not hold up a stop from outside", () =>
    Effect.gen(function* () {
      const { call, serving } = yield* served
      call(1)
      yield* settle
      serving.interruptUnsafe()
      yield* pass(5_000)
      assert.isDefined(serving.pollUnsafe())
    })
  )

  it.effect("and one that does get their last replies when they close their end", () =>
    Effect.gen(function* () {
      const { call, input, output, serving } = yield* served
      output.flow()
      call(1)
      input.end()
      yield* pass(100)
      yield* Fiber.join(serving)
      assert.deepStrictEqual(ids(output), [0, undefined, 1])
    })
  )
})
