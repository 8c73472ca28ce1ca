import { assert, describe, it } from "@effect/vitest"
import { callTool } from "../fixtures/legacyClient.ts"
import { untilState } from "../faults/status.ts"
import { attackerBackend } from "./attackerBackend.ts"
import { witnessed } from "./bystander.ts"

describe("a backend that says too much of itself", () => {
  for (const mode of ["huge-info", "huge-instructions", "huge-capabilities"]) {
    it(`is not started: ${mode}`, async () => {
      await using scene = await witnessed(attackerBackend("one", mode, { max_restarts: 0 }))
      const { of, whole } = await untilState(scene.gateway, "one", "Quarantined")
      assert.include(String(of("one")["reason"]), "its answer to initialize is larger than")
      assert.isBelow(JSON.stringify(whole).length, 20_000)
      await scene.unharmed()
    })
  }

  for (const [mode, said] of [
    ["huge-error", "eeee"],
    ["odd-version", "vvvv"]
  ] as const) {
    it(`is quoted in short, in the status and to the client: ${mode}`, async () => {
      await using scene = await witnessed(attackerBackend("one", mode, { max_restarts: 0 }))
      const { of, whole } = await untilState(scene.gateway, "one", "Quarantined")
      const reason = String(of("one")["reason"])
      assert.isBelow(reason.length, 1_000)
      assert.include(reason, said)
      assert.notInclude(reason, "\u202e")
      assert.isBelow(JSON.stringify(whole).length, 20_000)
      const from = scene.client.lines.length
      await scene.client.request("tools/list", {})
      await callTool(scene.client, "one__anything")
      assert.isBelow(scene.client.lines.slice(from).join("").length, 50_000)
      await scene.unharmed()
    })
  }
})
