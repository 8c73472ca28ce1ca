import { assert, describe, it } from "@effect/vitest"
import { checkPolicy } from "../../../src/testing.ts"
import { asUser } from "./asUser.ts"
import { fibonacci, found, fourCrashes, lawsOf, small } from "./example.ts"
import { blocks } from "./page.ts"

describe("docs/RESTART-POLICIES.md", () => {
  it("shows the whole example, in its order, and parts of its test, as they are run", () => {
    const [example, test] = [asUser("example.ts"), asUser("example.test.ts")]
    const code = blocks("ts")
    assert.strictEqual(code.filter((block) => example.includes(block)).join("\n\n"), example)
    const others = code.filter((block) => !example.includes(block))
    assert.lengthOf(others, 2)
    for (const block of others) assert.include(test, block.replaceAll(/^import .*\n+/gm, ""))
  })

  it("shows what the kit really prints", () => {
    const late = checkPolicy({ ...fibonacci(small), onRestarted: (state) => state }, lawsOf(small))
    const failures = [found(), late]
    const expected = failures.map((checked) => (checked._tag === "Failed" ? checked.message : "passed"))
    assert.deepStrictEqual(blocks("text"), [...expected, fourCrashes().join("\n")])
  })
})
