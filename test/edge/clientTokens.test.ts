import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { readFileSync, readdirSync, statSync } from "node:fs"
import { join } from "node:path"
import { Unauthenticated, type Authenticate } from "../../src/policy/Authenticator.ts"
import { echoing, MemoryBackend } from "../tree/memoryBackend.ts"
import { pass, specOf } from "../tree/memoryGateway.ts"
import { httpEdge } from "./httpEdge.ts"

const promise = Effect.promise

const secret = "canary-5a1c0f"

/** Knows ada by a token that is not her name. */
const authenticate: Authenticate = ({ authorization }) =>
  authorization === `Bearer ${secret}`
    ? Effect.succeed({ id: "ada" })
    : Effect.fail(new Unauthenticated({ reason: "not ada" }))

const textsBelow = (directory: string): ReadonlyArray<string> =>
  readdirSync(directory, { recursive: true, encoding: "utf8" })
    .map((name) => join(directory, name))
    .filter((file) => statSync(file).isFile())
    .map((file) => readFileSync(file, "utf8"))

describe("INV-4 the token of an HTTP client", () => {
  for (const era of ["legacy", "modern"] as const) {
    for (const isolation of ["shared", "session"] as const) {
      it.effect(`goes to no ${era} backend (${isolation}), no log and no file, whatever its client asks`, () =>
        Effect.gen(function* () {
          const offers = { era, tools: ["echo"], prompts: ["poem"], resources: ["note://1"] }
          const backend = new MemoryBackend(specOf("a", { isolation }), offers, { onCall: echoing })
          const tree = yield* httpEdge({ backends: [backend], authenticate })
          const client = tree.client(secret)
          yield* promise(() => client.initialize("2025-11-25", { elicitation: {} }))
          const stream = yield* promise(() => client.listen())
          for (const [method, params] of [
            ["tools/list", {}],
            ["tools/call", { name: "a__echo", arguments: { text: "from ada" } }],
            ["prompts/get", { name: "a__poem", arguments: {} }],
            ["resources/read", { uri: "note://1" }],
            ["resources/subscribe", { uri: "note://1" }],
            ["logging/setLevel", { level: "debug" }]
          ] as const) {
            yield* promise(() => client.request(method, params))
            yield* promise(() => client.ask(method, params))
            yield* pass(100)
          }
          const stranger = yield* promise(() => tree.client(`${secret}x`).call("a__echo"))
          assert.strictEqual(stranger.status, 401)
          yield* promise(() => client.end())
          yield* promise(() => stream.ended)
          yield* pass(2_000)
          assert.include(backend.frames.join("\n"), "from ada")
          const told = {
            backend: backend.frames,
            logs: [...tree.logs, ...tree.edgeLogs],
            status: [JSON.stringify(tree.gateway.status())],
            files: textsBelow(tree.stateDirectory)
          }
          assert.isNotEmpty(told.files)
          for (const [where, texts] of Object.entries(told)) assert.notInclude(texts.join("\n"), secret, where)
        })
      )
    }
  }
})
