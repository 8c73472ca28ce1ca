import { assert, describe, it } from "@effect/vitest"
import { invariantsIn, titlesOf } from "./titles.ts"

// Not written out: this file is read as well, and what stands here as an example is no test of anything.
const [IT, DESCRIBE] = ["it", "describe"]

const source = [
  `${DESCRIBE}("INV-32 calls", () => {`,
  `  ${IT}("stay within their bounds", () => {})`,
  `  ${IT}.effect("INV-1, INV-3 end once", () => {})`,
  `  ${IT}.live(`,
  "    `INV-20 to INV-22 ${what} \\`go\\` their way`,",
  `    () => {}`,
  `  )`,
  `})`,
  `${DESCRIBE}.skip("idle", () => {`,
  `  ${IT}("INV-4 is not run", () => {})`,
  `})`,
  `for (const how of ways) {`,
  `  ${IT}.each([["(", 1], [\`)\`, 2]] as const)("INV-5 by %s", () => {})`,
  `}`,
  `${IT}.effect.prop("INV-6 for all", [], () => {})`,
  `${IT}.todo("INV-7 some day")`,
  `// ${IT}("INV-8 was once", () => {})`,
  `/* ${IT}("INV-9 was too", () => {})`,
  ` * ${IT}("INV-10 and this", () => {}) */`,
  `${IT}.skipIf(isRoot)("INV-11 where it can", () => {})`,
  `call.${IT}("INV-12 is no test", () => {})`,
  `${IT}(titleOf(13), () => assert.include("INV-13", 13))`,
  ""
].join("\n")

describe("the titles of a test file", () => {
  const { tests } = titlesOf(source)

  it("name promises by themselves and by the groups that they are in", () => {
    assert.deepStrictEqual(
      tests.map(({ invariants, line }) => [line, ...invariants]),
      [
        [2, 32],
        [3, 1, 3, 32],
        [4, 20, 21, 22, 32],
        [13, 5],
        [15, 6],
        [20, 11]
      ]
    )
  })

  it("are read whole, with those of the groups around them", () => {
    assert.strictEqual(tests[0]?.title, "INV-32 calls > stay within their bounds")
    assert.strictEqual(tests[2]?.title, "INV-32 calls > INV-20 to INV-22 ${what} `go` their way")
    assert.strictEqual(tests[3]?.title, "INV-5 by %s")
  })

  it("that are made up when the test runs hide no promise unseen", () => {
    assert.deepStrictEqual(titlesOf(`${IT}(\`INV-\${number} holds\`, () => {})\n`).unreadable, ["INV-${number} holds"])
  })
})

describe("promises in a text", () => {
  it("are numbers one by one, in a row and from one to another", () => {
    assert.deepStrictEqual(invariantsIn("INV-3 INV-1, and (INV-3); INV-20 to INV-23"), [1, 3, 20, 21, 22, 23])
    assert.deepStrictEqual(invariantsIn("none, not even INV or 7"), [])
  })
})
