import { assert, describe, it } from "@effect/vitest"
import type { JsonObject } from "../../src/domain/Json.ts"
import { endingOf } from "./real/endings.ts"
import { Findings } from "./real/findings.ts"
import { Ledger } from "./real/ledger.ts"

const answer = (text: string): JsonObject => ({ result: { content: [{ type: "text", text }] } })
const refusal = (certainty: string): JsonObject => ({
  error: { code: -31002, message: "no", data: { source: "sentinel-gateway", certainty } }
})

/** A ledger in which each of these calls has ended so. */
const ledgerOf = (replies: Readonly<Record<string, JsonObject>>) => {
  const ledger = new Ledger("calls")
  for (const [text, reply] of Object.entries(replies)) {
    ledger.begin(text)
    ledger.end(text, endingOf(reply), true)
  }
  return ledger
}

const failuresOf = (judge: (findings: Findings) => void): ReadonlyArray<string> => {
  const findings = new Findings()
  judge(findings)
  return findings.failures
}

describe("the ledger of a storm", () => {
  it("is content when each call ended once, as the journal of the backend has it", () => {
    const ledger = ledgerOf({ a: answer("a"), b: refusal("unknown"), c: refusal("unknown"), d: refusal("not_sent") })
    assert.deepStrictEqual(
      failuresOf((findings) => ledger.judgeAgainst(["a", "b"], findings)),
      []
    )
  })

  it.each([
    ["that arrived and was said not to have been sent", { a: refusal("not_sent") }, ["a"], /not to have been sent: a/],
    ["that arrived twice", { a: refusal("unknown") }, ["a", "a"], /arrived twice: a/],
    ["that was answered and never arrived", { a: answer("a") }, [], /never arrived: a/],
    ["that got the answer of another", { a: answer("b") }, ["a"], /another's answer: a/],
    ["that ended with no word on what is known", { a: refusal("perhaps") }, ["a"], /no certainty: a/]
  ])("finds a call %s", (_, replies, journal, words) => {
    const [failure = "", ...others] = failuresOf((findings) => ledgerOf(replies).judgeAgainst(journal, findings))
    assert.match(failure, words)
    assert.deepStrictEqual(others, [])
  })

  it("finds a call that was never answered, and one that ended twice", () => {
    const ledger = ledgerOf({ a: answer("a") })
    ledger.end("a", endingOf(answer("a")), true)
    ledger.begin("b")
    const failures = failuresOf((findings) => ledger.judge(findings)).join("\n")
    assert.match(failures, /got no answer: b/)
    assert.match(failures, /ended twice: a/)
  })

  it("finds a call to an unharmed backend that did not go well", () => {
    const isError = { result: { content: [{ type: "text", text: "a" }], isError: true } }
    const failures = failuresOf((findings) => ledgerOf({ a: isError, b: refusal("unknown") }).judgeUnharmed(findings))
    assert.match(failures.join("\n"), /failed: a .*, b /)
  })
})
