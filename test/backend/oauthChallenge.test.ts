import { assert, describe, it } from "@effect/vitest"
import * as fc from "fast-check"
import { covers, readChallenge, scopeChars, scopeUnion } from "../../src/backend/OAuthChallenge.ts"
import { holds } from "../fixtures/property.ts"

const none = { scope: undefined, resourceMetadata: undefined, error: undefined }

describe("Reading a WWW-Authenticate header", () => {
  it("finds what a Bearer challenge asks for, quoted or not", () => {
    const header = 'Bearer realm="x", error=insufficient_scope, scope="a b", resource_metadata="https://x/about"'
    assert.deepStrictEqual(readChallenge(header), {
      scope: "a b",
      resourceMetadata: "https://x/about",
      error: "insufficient_scope"
    })
  })

  it("takes nothing from another scheme's challenge", () => {
    assert.deepStrictEqual(readChallenge('Basic realm="x", scope="a"'), none)
    assert.strictEqual(readChallenge('DPoP scope="dpop", bearer scope="ours"').scope, "ours")
    assert.strictEqual(readChallenge('Bearer scope="ours", Basic scope="theirs"').scope, "ours")
  })

  it("takes a quoted text as it is meant", () => {
    assert.strictEqual(readChallenge('Bearer error="a \\"b\\", scope=\\"c\\""').error, 'a "b", scope="c"')
    assert.isUndefined(readChallenge('Bearer error="a, scope=\\"c\\""').scope)
  })

  it("takes no scope that is none, or is too long", () => {
    assert.isUndefined(readChallenge('Bearer scope=" a"').scope)
    assert.isUndefined(readChallenge('Bearer scope="\u00e4"').scope)
    assert.isDefined(readChallenge(`Bearer scope="${"a".repeat(scopeChars)}"`).scope)
    assert.isUndefined(readChallenge(`Bearer scope="${"a".repeat(scopeChars + 1)}"`).scope)
  })

  it("survives any header", () => {
    holds(fc.string(), (header) => void readChallenge(`Bearer ${header}`))
    assert.deepStrictEqual(readChallenge(undefined), none)
  })

  it("unites scopes without losing or doubling one", () => {
    assert.strictEqual(scopeUnion("a b", undefined, "b c"), "a b c")
    assert.isUndefined(scopeUnion(undefined, ""))
    assert.isTrue(covers("a b", "b"))
    assert.isFalse(covers("a", "a b"))
    assert.isTrue(covers(undefined, undefined))
  })
})
