import { assert, describe, it } from "@effect/vitest"
import { readFileSync } from "node:fs"
import * as path from "node:path"
import { checkPolicy } from "../../../src/testing.ts"
import { asUser } from "./asUser.ts"
import { fibonacci, firstTry, fourCrashes, lawsOf, small } from "./example.ts"

const page = readFileSync(path.resolve(import.meta.dirname, "../../../docs/RESTART-POLICIES.md"), "utf8")

const blocks = (language: string): ReadonlyArray<string> =>
  [...page.matchAll(/^```(\w+)\n(.*?)\n```$/gms)].flatMap(([, found, text = ""]) => (found === language ? [text] : []))

describe("docs/RESTART-POLICIES.md", () => {
  it("shows the whole example, in its order, and parts of its test, as they are run", () => {
    const [example, test] = [asUser("example.ts"), asUser("example.test.ts")]
    const code = blocks("ts")
    assert.strictEqual(code.filter((block) => example.includes(block)).join("\n\n"), example)
    const others = code.filter((block) => !example.includes(block))
    assert.lengthOf(others, 2)
    for (const block of others) assert.include(test, block)
  })

  it("shows what the kit really prints", () => {
    const late = checkPolicy({ ...fibonacci(small), onRestarted: (state) => state }, lawsOf(small))
    const failures = [checkPolicy(firstTry(small), lawsOf(small)), late]
    const expected = failures.map((checked) => (checked._tag === "Failed" ? checked.message : "passed"))
    assert.deepStrictEqual(blocks("text"), [...expected, fourCrashes().join("\n")])
  })
})
