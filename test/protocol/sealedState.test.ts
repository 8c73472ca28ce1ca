import { assert, describe, it } from "@effect/vitest"
import * as fc from "fast-check"
import type { JsonObject } from "../../src/domain/Json.ts"
import type { Request } from "../../src/domain/Request.ts"
import { parse } from "../../src/protocol/Envelope.ts"
import { makeStateSeal } from "../../src/protocol/RequestState.ts"
import { holds } from "../fixtures/property.ts"

const requestOf = (changes: Partial<Request> = {}): Request => ({
  method: "tools/call",
  params: { name: "a__ask", arguments: { text: "hello", list: [1, { b: 2, a: 1 }] } },
  principal: { id: "ada" },
  scope: undefined,
  sessionId: "session-1",
  era: "stateless",
  capabilities: {},
  clientInfo: undefined,
  progressToken: undefined,
  logLevel: undefined,
  ...changes
})

const seal = makeStateSeal()
const expiresAt = 10_000
const request = requestOf()

const paramsIn = (text: string): JsonObject => {
  const message = parse(`{"jsonrpc":"2.0","id":1,"method":"tools/call","params":${text}}`)
  return message._tag === "Request" ? message.params : {}
}

describe("the sealed state of a held call, in hostile hands", () => {
  it("is broken by any character changed, put in or left out", () => {
    const state = seal.seal(seal.nonce(), request, expiresAt)
    const at = fc.nat({ max: state.length - 1 })
    const char = fc.oneof(fc.constantFrom(".", "-", "_", "A", "0", "9", "="), fc.string({ minLength: 1, maxLength: 1 }))
    holds(
      fc.tuple(at, char, fc.constantFrom("change", "insert", "delete")),
      ([at, char, kind]) => {
        const rest = kind === "insert" ? state.slice(at) : state.slice(at + 1)
        const altered = state.slice(0, at) + (kind === "delete" ? "" : char) + rest
        if (altered !== state) assert.isUndefined(seal.open(altered, request, 0), altered)
      },
      1_000
    )
  })

  it("is not made of parts that run into one another", () => {
    const state = seal.seal("n", requestOf({ principal: { id: 'a","b' }, sessionId: "c" }), expiresAt)
    assert.isUndefined(seal.open(state, requestOf({ principal: { id: "a" }, sessionId: 'b","c' }), 0))
  })

  it("opens for any order of keys, at any depth, and for no other order of a list", () => {
    const params = { name: "a__ask", arguments: { list: [1, { a: 1, b: 2 }], text: "hello" } }
    const nonce = seal.nonce()
    const state = seal.seal(nonce, request, expiresAt)
    assert.strictEqual(seal.open(state, requestOf({ params }), 0), nonce)
    const other = { ...params, arguments: { ...params.arguments, list: [{ a: 1, b: 2 }, 1] } }
    assert.isUndefined(seal.open(state, requestOf({ params: other }), 0))
  })

  it("opens for the same long argument, left as it was written or built, and for no other", () => {
    const long = String.raw`\u0041`.repeat(2_000)
    const asWritten = paramsIn(`{"name":"t","arguments":{"text":"${long}"}}`)
    const responses = JSON.stringify({ q1: { text: "y".repeat(5_000) } })
    const built = paramsIn(`{"name":"t","arguments":{"text":"${long}"},"inputResponses":${responses}}`)
    const nonce = seal.nonce()
    const state = seal.seal(nonce, requestOf({ params: asWritten }), expiresAt)
    assert.strictEqual(seal.open(state, requestOf({ params: built }), 0), nonce)
    const other = paramsIn(`{"name":"t","arguments":{"text":"${long}B"}}`)
    assert.isUndefined(seal.open(state, requestOf({ params: other }), 0))
  })

  it("is told from any other text without an error", () => {
    const pieces = fc.constantFrom("sg1", ".", "sg2", "99999", "Infinity", "1e9", "-1", seal.nonce(), "=", "\u0000")
    const texts = fc.oneof(
      fc.string(),
      fc.array(pieces, { maxLength: 9 }).map((parts) => parts.join(""))
    )
    holds(texts, (text) => assert.isUndefined(seal.open(text, request, 0)), 500)
  })
})
