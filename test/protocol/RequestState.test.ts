import { assert, describe, it } from "@effect/vitest"
import { makeStateSeal } from "../../src/protocol/RequestState.ts"
import { type Request } from "../../src/domain/Request.ts"

const request: Request = {
  method: "tools/call",
  params: { name: "one__ask", arguments: { a: 1, b: [{ c: 2 }] }, _meta: { trace: "x" } },
  principal: { id: "ada" },
  scope: undefined,
  sessionId: "s1",
  era: "stateless",
  capabilities: { elicitation: {} },
  clientInfo: undefined,
  progressToken: undefined,
  logLevel: undefined
}
const now = 1_000.25
const until = 2_000.75

describe("the state of a held call", () => {
  it("opens for the same request with its answers, whatever the order of keys and the rest of _meta", () => {
    const seal = makeStateSeal()
    const nonce = seal.nonce()
    const state = seal.seal(nonce, request, until)
    const params = {
      inputResponses: { q1: {} },
      requestState: state,
      arguments: { b: [{ c: 2 }], a: 1 },
      name: "one__ask"
    }
    assert.strictEqual(seal.open(state, { ...request, params }, now), nonce)
    assert.strictEqual(seal.open(state, request, now), nonce)
  })

  it("does not open for another principal, session, method or parameter", () => {
    const seal = makeStateSeal()
    const state = seal.seal(seal.nonce(), request, until)
    const others: ReadonlyArray<Request> = [
      { ...request, principal: { id: "eve" } },
      { ...request, sessionId: "s2" },
      { ...request, method: "prompts/get" },
      { ...request, params: { ...request.params, name: "one__other" } },
      { ...request, params: { ...request.params, arguments: { a: 1, b: [{ c: 3 }] } } },
      { ...request, params: { ...request.params, extra: null } }
    ]
    for (const other of others) assert.isUndefined(seal.open(state, other, now))
  })

  it("does not open after its time, changed, or under another key", () => {
    const seal = makeStateSeal()
    const nonce = seal.nonce()
    const state = seal.seal(nonce, request, until)
    assert.isUndefined(seal.open(state, request, until))
    assert.isUndefined(makeStateSeal().open(state, request, now))
    for (let at = 0; at < state.length; at++) {
      const other = state[at] === "A" ? "B" : "A"
      assert.isUndefined(seal.open(state.slice(0, at) + other + state.slice(at + 1), request, now), `character ${at}`)
    }
    for (const wrong of ["", "sg1", `${state}.`, state.slice(4), `sg1.${nonce}.9999`]) {
      assert.isUndefined(seal.open(wrong, request, now))
    }
  })
})
