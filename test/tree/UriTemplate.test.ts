import { assert, describe, it } from "@effect/vitest"
import * as fc from "fast-check"
import { matchesTemplate } from "../../src/gateway/UriTemplate.ts"
import { holds } from "../fixtures/property.ts"

/** The same rule as a regular expression, which may backtrack: for short texts only. */
const slowly = (template: string, uri: string): boolean => {
  const literals = template.split(/\{[^}]*\}/)
  const escaped = literals.map((literal) => literal.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`))
  return new RegExp(`^${escaped.join("[^]+")}$`).test(uri)
}

const piece = fc.constantFrom("a", "b", "/", "://", ".", "aa", "", "\n", "*", "é")
const literal = fc.array(piece, { maxLength: 3 }).map((parts) => parts.join(""))
const expression = fc.constantFrom("{id}", "{+path}", "{?q,r}", "{}", "{a*}")
const template = fc.array(fc.oneof(literal, expression), { maxLength: 6 }).map((parts) => parts.join(""))

describe("a resource template", () => {
  it("matches what a regular expression would match, for any template and URI", () => {
    let matched = 0
    holds(
      fc.tuple(template, fc.array(piece, { maxLength: 10 })),
      ([template, parts]) => {
        const uri = parts.join("")
        assert.strictEqual(matchesTemplate(template, uri), slowly(template, uri), `${template} on ${uri}`)
        if (slowly(template, uri)) matched++
      },
      3_000
    )
    assert.isAbove(matched, 100)
  })

  it("matches every URI made from it with values that are not empty", () =>
    holds(
      fc.tuple(template, fc.array(fc.string({ minLength: 1 }), { minLength: 6, maxLength: 6 })),
      ([template, values]) => {
        let next = 0
        const uri = template.replaceAll(/\{[^}]*\}/g, () => values[next++] ?? "x")
        assert.isTrue(matchesTemplate(template, uri), `${template} made ${uri}`)
      }
    ))

  it("is told from a literal, and its ends may not overlap", () => {
    assert.isTrue(matchesTemplate("note://1", "note://1"))
    assert.isFalse(matchesTemplate("note://1", "note://12"))
    assert.isFalse(matchesTemplate("note://{id}", "note://"))
    assert.isFalse(matchesTemplate("ab{x}ba", "aba"))
    assert.isFalse(matchesTemplate("ab{x}ba", "abba"))
    assert.isTrue(matchesTemplate("ab{x}ba", "abxba"))
    assert.isTrue(matchesTemplate("{a}{b}", "xy"))
    assert.isFalse(matchesTemplate("{a}{b}", "x"))
    assert.isTrue(matchesTemplate("open{brace", "open{brace"))
  })

  it("costs no more than the length of the URI, however it is made", () => {
    const startedAt = performance.now()
    const evil = "{a}x".repeat(2_000)
    assert.isFalse(matchesTemplate(evil, "x".repeat(100_000) + "y"))
    assert.isFalse(matchesTemplate(`${evil}z`, "x".repeat(100_000)))
    // Some milliseconds; one that goes back and tries again would not end in the time of the universe.
    assert.isBelow(performance.now() - startedAt, 10_000)
  })
})
