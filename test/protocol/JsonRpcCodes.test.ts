import { assert, describe, it } from "@effect/vitest"
import { refusalCodes } from "../../src/domain/Outcome.ts"
import { jsonRpcCodes, mcpCodes, retiredCodes } from "../../src/protocol/JsonRpcCodes.ts"

describe("Error codes", () => {
  it("of MCP lie in the range that the specification keeps for itself", () => {
    for (const code of Object.values(mcpCodes)) assert.isTrue(code <= -32020 && code >= -32099, String(code))
  })

  it("of the gateway's own refusals lie outside what JSON-RPC and MCP reserve, each used once", () => {
    const own = Object.values<number>(refusalCodes)
    for (const code of own) assert.isFalse(code <= -32000 && code >= -32768, String(code))
    assert.strictEqual(new Set(own).size, own.length)
  })

  it("are all different", () => {
    const all = [...Object.values(jsonRpcCodes), ...Object.values(mcpCodes), ...Object.values(retiredCodes)]
    assert.strictEqual(new Set<number>(all).size, all.length)
  })
})
