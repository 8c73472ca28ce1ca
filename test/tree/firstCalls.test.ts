import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { refusalCodes } from "../../src/domain/Outcome.ts"
import { patienceMillis } from "../../src/gateway/Patience.ts"
import { askAgainMillis } from "../../src/gateway/Unlisted.ts"
import { errorOf, textOf } from "../fixtures/envelope.ts"
import { MemoryBackend, echoing, type Behaviour } from "./memoryBackend.ts"
import type { MemoryClient } from "./memoryClient.ts"
import { memoryGateway, pass, settle, specOf } from "./memoryGateway.ts"
import { remembered } from "./memoryState.ts"

const backendOf = (name: string, connect: Behaviour["connect"] = "ok") =>
  new MemoryBackend(
    specOf(name),
    { tools: ["echo"], prompts: ["p"], resources: [`${name}://r`], templates: [`${name}://{id}`] },
    { connect, onCall: (call, line) => (call.method === "tools/call" ? echoing(call, line) : line.reply(call, {})) }
  )

/** It answers the handshake at last, as one that was slow to load would. */
const wake = ({ behaviour, line }: MemoryBackend): void => {
  behaviour.connect = "ok"
  line.fail(line.requests[0] ?? { id: "" }, -32601)
}

const everything = (client: MemoryClient, backend: string) => [
  client.call(`${backend}__echo`, { text: "x" }),
  client.request("prompts/get", { name: `${backend}__p` }),
  client.request("resources/read", { uri: `${backend}://r` }),
  client.request("completion/complete", {
    ref: { type: "ref/prompt", name: `${backend}__p` },
    argument: { name: "x", value: "" }
  }),
  client.request("completion/complete", {
    ref: { type: "ref/resource", uri: `${backend}://{id}` },
    argument: { name: "x", value: "" }
  })
]

describe("a call of a backend that starts for the first time", () => {
  it.effect("waits for it, whatever it asks for, and goes out as soon as the name is known", () =>
    Effect.gen(function* () {
      const [slow, never] = [backendOf("slow", "silent"), backendOf("never", "silent")]
      const { connect } = yield* memoryGateway({ backends: [slow, never] })
      const client = connect().open()
      const ids = everything(client, "slow")
      yield* pass(200)
      assert.lengthOf(
        ids.flatMap((id) => client.repliesTo(id)),
        0
      )
      wake(slow)
      yield* pass(1)
      for (const id of ids) assert.property(client.reply(id), "result")
      assert.strictEqual(textOf(client.reply(ids[0] ?? 0)), "echo:x")
    })
  )

  it.effect("is told after a while that the backend is not there yet, not that there is no such thing", () =>
    Effect.gen(function* () {
      const { connect, gateway } = yield* memoryGateway({ backends: [backendOf("up"), backendOf("slow", "silent")] })
      const client = connect().open()
      const ids = everything(client, "slow")
      yield* pass(patienceMillis)
      for (const id of [...ids, client.call("slow__echo")]) {
        const { code, data, message } = errorOf(client.reply(id))
        assert.strictEqual(code, refusalCodes.unavailable)
        assert.include(message, 'backend "slow"')
        assert.include(data, { certainty: "not_sent", backend: "slow", retryAfterMs: askAgainMillis.starting })
      }
      assert.strictEqual(gateway.status()["running"], 0)
    })
  )

  it.effect("does not wait when the start has failed, and is told so", () =>
    Effect.gen(function* () {
      const { connect } = yield* memoryGateway({ backends: [backendOf("broken", "refused")] })
      const client = connect().open()
      const { code, data, message } = errorOf(client.reply(client.call("broken__echo")))
      assert.strictEqual(code, refusalCodes.unavailable)
      assert.include(message, "connection refused")
      assert.include(data, { retryAfterMs: askAgainMillis.failed })
    })
  )

  it.effect("neither waits nor is put off when the name can't be of that backend, or its offers are known", () =>
    Effect.gen(function* () {
      const [known, slow] = [backendOf("known"), backendOf("slow", "silent")]
      const stateDirectory = yield* remembered([known])
      const { connect } = yield* memoryGateway({ backends: [known, slow], stateDirectory })
      const client = connect().open()
      for (const name of ["known__other", "nobody__echo"]) {
        assert.strictEqual(errorOf(client.reply(client.call(name))).code, -32602)
      }
    })
  )

  it.effect("that is cancelled while it waits is never begun", () =>
    Effect.gen(function* () {
      const slow = backendOf("slow", "silent")
      const { connect, gateway } = yield* memoryGateway({ backends: [slow] })
      const client = connect().open()
      const id = client.call("slow__echo")
      yield* settle
      client.cancel(id)
      wake(slow)
      yield* pass(patienceMillis)
      assert.lengthOf(client.repliesTo(id), 0)
      assert.lengthOf(slow.calls, 0)
      assert.strictEqual(gateway.status()["running"], 0)
    })
  )
})
