import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { openStateFiles } from "../../src/gateway/StateFiles.ts"
import { textOf } from "../fixtures/envelope.ts"
import { MemoryBackend, echoing } from "./memoryBackend.ts"
import { memoryGateway, pass, specOf } from "./memoryGateway.ts"
import { remembered } from "./memoryState.ts"

/** Two servers without a prefix, so that their tools of the same name meet. */
const backendOf = (name: string, tools: ReadonlyArray<string>) =>
  new MemoryBackend(specOf(name, { prefix: "" }), { tools }, { onCall: (call, line) => echoing(call, line) })

const named = (backend: MemoryBackend) => {
  backend.behaviour.onCall = (call, line) => line.reply(call, { content: [{ type: "text", text: backend.spec.name }] })
  return backend
}

const answeredBy = Effect.fnUntraced(function* (tree: Effect.Success<ReturnType<typeof memoryGateway>>, tool: string) {
  const client = tree.connect().open()
  const id = client.call(tool)
  yield* pass(1)
  return "error" in client.reply(id) ? "nobody" : textOf(client.reply(id))
})

describe("INV-6 a public name", () => {
  it.effect("belongs to the first backend in the configuration, also when that one is up last", () =>
    Effect.gen(function* () {
      const [first, second] = [named(backendOf("first", ["send"])), named(backendOf("second", ["send", "other"]))]
      first.behaviour.connect = "silent"
      const tree = yield* memoryGateway({ backends: [first, second] })
      yield* pass(2_000)
      assert.strictEqual(yield* answeredBy(tree, "send"), "nobody", "nobody has it before it is known who may")
      first.behaviour.connect = "ok"
      first.line.fail(first.line.requests[0] ?? { id: "" }, -32601)
      yield* pass(500)
      assert.strictEqual(yield* answeredBy(tree, "send"), "first")
      assert.strictEqual(yield* answeredBy(tree, "other"), "second")
      assert.deepInclude(tree.gateway.table().withheld, {
        kind: "tool",
        name: "send",
        backend: "second",
        reason:
          'the public name "send" belongs to backend "first"; give one of them another prefix, or hand the name over in names.json of the state directory'
      })
    })
  )

  it.effect("stays with its owner of an earlier run, also when that one is down and another offers the same", () =>
    Effect.gen(function* () {
      const [first, second] = [named(backendOf("first", ["send"])), named(backendOf("second", ["send"]))]
      second.behaviour.connect = "refused"
      const stateDirectory = yield* remembered([first], { "tool:send": "second" })
      const tree = yield* memoryGateway({ backends: [first, second], stateDirectory })
      yield* pass(2_000)
      assert.strictEqual(yield* answeredBy(tree, "send"), "nobody")
      second.behaviour.connect = "ok"
      yield* pass(30_000)
      assert.strictEqual(yield* answeredBy(tree, "send"), "second")
    })
  )

  it.effect("does not move when its owner gives up the tool and another has it, under any case of letters", () =>
    Effect.gen(function* () {
      const [first, second] = [named(backendOf("first", ["send", "x"])), named(backendOf("second", ["y"]))]
      const tree = yield* memoryGateway({ backends: [first, second] })
      assert.strictEqual(yield* answeredBy(tree, "send"), "first")
      first.offers = { ...first.offers, tools: ["x"] }
      second.offers = { ...second.offers, tools: ["y", "send", "SEND", "Send"] }
      for (const { line } of [first, second]) line.notify("notifications/tools/list_changed")
      yield* pass(1_000)
      assert.deepStrictEqual([...tree.gateway.table().tools.keys()], ["x", "y"])
      for (const name of ["send", "SEND", "Send"]) assert.strictEqual(yield* answeredBy(tree, name), "nobody")
      assert.lengthOf(tree.gateway.table().withheld, 3)
      first.offers = { ...first.offers, tools: ["send"] }
      first.line.notify("notifications/tools/list_changed")
      yield* pass(1_000)
      assert.strictEqual(yield* answeredBy(tree, "send"), "first")
    })
  )

  it.effect("stays with a backend that is not configured here, and with that of a gateway that wrote meanwhile", () =>
    Effect.gen(function* () {
      const backend = named(backendOf("new", ["send", "other", "third"]))
      const stateDirectory = yield* remembered([], { "tool:send": "gone" })
      const tree = yield* memoryGateway({ backends: [backend], stateDirectory })
      assert.strictEqual(yield* answeredBy(tree, "send"), "nobody")
      assert.strictEqual(yield* answeredBy(tree, "other"), "new")
      const files = openStateFiles(stateDirectory)
      yield* files.saveNames({ "tool:other": "another gateway's", "tool:more": "another gateway's" })
      assert.deepStrictEqual(Object.fromEntries(files.names()), {
        "tool:send": "gone",
        "tool:other": "new",
        "tool:third": "new",
        "tool:more": "another gateway's"
      })
    })
  )

  it.effect("is not lost when the record can't be understood: nothing is written over it", () =>
    Effect.gen(function* () {
      const stateDirectory = yield* remembered([])
      const file = join(stateDirectory, "names.json")
      writeFileSync(file, '{ "tool:send": "first", }')
      const refused = yield* Effect.flip(openStateFiles(stateDirectory).saveNames({ "tool:send": "second" }))
      assert.include(refused.message, "correct or remove it")
      assert.include(readFileSync(file, "utf8"), '"first"')
    })
  )
})
