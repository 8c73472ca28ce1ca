import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { MemoryBackend } from "./memoryBackend.ts"
import { memoryGateway, specOf } from "./memoryGateway.ts"

const serverInfo = { name: "a\u202eb\u001b[2J", version: "1\u0000", title: 5, extra: { deep: "\u001b" } }
const initialized = { protocolVersion: "2025-11-25", capabilities: {}, serverInfo }

describe("what a backend calls itself", () => {
  it.effect("comes into the status as text, with nothing in it that steers a terminal", () =>
    Effect.gen(function* () {
      const answer = ({ method }: { readonly method: string }) => (method === "initialize" ? initialized : undefined)
      const { gateway } = yield* memoryGateway({ backends: [new MemoryBackend(specOf("a"), {}, { answer })] })
      const { view } = gateway.units[0]?.shared ?? {}
      assert.deepStrictEqual(view?.peer?.serverInfo, { name: "a b [2J", version: "1 " })
    })
  )
})
