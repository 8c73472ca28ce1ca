import { assert, describe, it } from "@effect/vitest"
import * as fc from "fast-check"
import type { JsonObject } from "../../src/domain/Json.ts"
import type { Request } from "../../src/domain/Request.ts"
import { parse } from "../../src/protocol/Envelope.ts"
import { freshNonce, makeStateSeal } from "../../src/protocol/RequestState.ts"
import { holds } from "./property.ts"

const requestOf = (changes: Partial<Request> = {}): Request => ({
  method: "tools/call",
  params: { name: "a__ask", arguments: { text: "hello", list: [1, { b: 2, a: 1 }] } },
  principal: { id: "ada" },
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
const sealed = (of: Request = request) => {
  const nonce = freshNonce()
  return { nonce, state: seal.seal(nonce, of, expiresAt) }
}

const paramsIn = (text: string): JsonObject => {
  const message = parse(`{"jsonrpc":"2.0","id":1,"method":"tools/call","params":${text}}`)
  return message._tag === "Request" ? message.params : {}
}

describe("the seal of a held call", () => {
  it("gives the nonce back until the moment it expires", () => {
    const { nonce, state } = sealed()
    assert.strictEqual(seal.open(state, request, 0), nonce)
    assert.strictEqual(seal.open(state, request, expiresAt - 1), nonce)
    assert.isUndefined(seal.open(state, request, expiresAt))
    assert.isUndefined(seal.open(state, request, Infinity))
  })

  it("is broken by any change of any character, one more or one less", () => {
    const { state } = sealed()
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

  it("opens for nobody else: principal, session, method, name and arguments are bound", () => {
    const { state } = sealed()
    const others: ReadonlyArray<Partial<Request>> = [
      { principal: { id: "eve" } },
      { sessionId: "session-2" },
      { method: "prompts/get" },
      { params: { ...request.params, name: "a__other" } },
      { params: { ...request.params, arguments: { text: "hello", list: [1, { b: 2, a: 2 }] } } },
      { params: { ...request.params, arguments: { text: "hello", list: [{ b: 2, a: 1 }, 1] } } },
      { params: { ...request.params, more: 1 } },
      { params: { name: "a__ask" } },
      { params: {} }
    ]
    for (const other of others) assert.isUndefined(seal.open(state, requestOf(other), 0), JSON.stringify(other))
  })

  it("does not confuse where one field ends and the next begins", () => {
    const state = seal.seal("n", requestOf({ principal: { id: 'a","b' }, sessionId: "c" }), expiresAt)
    assert.isUndefined(seal.open(state, requestOf({ principal: { id: "a" }, sessionId: 'b","c' }), 0))
  })

  it("opens for the same request written in another way, with answers and its own state in it", () => {
    const { nonce, state } = sealed()
    const { params } = request
    const same: ReadonlyArray<JsonObject> = [
      { arguments: { list: [1, { a: 1, b: 2 }], text: "hello" }, name: "a__ask" },
      { ...params, requestState: state, inputResponses: { q1: { action: "accept" } } },
      { ...params, _meta: { progressToken: 7, trace: "x" } }
    ]
    for (const params of same) assert.strictEqual(seal.open(state, requestOf({ params }), 0), nonce)
  })

  it("opens for the same long argument, left as it was written or built", () => {
    const long = String.raw`\u0041`.repeat(2_000)
    const asWritten = paramsIn(`{"name":"t","arguments":{"text":"${long}"}}`)
    const responses = { q1: { text: "y".repeat(5_000) } }
    const built = paramsIn(`{"name":"t","arguments":{"text":"${long}"},"inputResponses":${JSON.stringify(responses)}}`)
    const { nonce, state } = sealed(requestOf({ params: asWritten }))
    assert.strictEqual(seal.open(state, requestOf({ params: built }), 0), nonce)
    const other = paramsIn(`{"name":"t","arguments":{"text":"${long}B"}}`)
    assert.isUndefined(seal.open(state, requestOf({ params: other }), 0))
  })

  it("of another process opens nothing here", () => {
    assert.isUndefined(seal.open(makeStateSeal().seal("n", request, expiresAt), request, 0))
  })

  it("takes any text for what it is: none of ours", () => {
    const pieces = fc.constantFrom("sg1", ".", "sg2", "99999", "Infinity", "1e9", "-1", freshNonce(), "=", "\u0000")
    const texts = fc.oneof(
      fc.string(),
      fc.array(pieces, { maxLength: 9 }).map((parts) => parts.join(""))
    )
    holds(texts, (text) => assert.isUndefined(seal.open(text, request, 0)), 500)
  })
})
