import { assert, describe, it } from "@effect/vitest"
import { problemOf } from "./decoding.ts"

describe("a file that is not TOML", () => {
  it("is refused with the line and column of the parser, and the line itself", () => {
    const problem = problemOf("[gateway]\nlog_level = info\n")
    assert.deepInclude(problem, { line: 2, column: 16, key: "", severity: "error" })
    assert.match(problem.found, /^invalid TOML: .*, in the line "log_level = info"$/)
    assert.strictEqual(problem.advice, 'put texts in quotes: log_level = "info"')
  })

  it("does not show a line that may hold a secret", () => {
    assert.notInclude(JSON.stringify(problemOf("api_key = hunter2-hunter2\n")), "hunter2")
    assert.notInclude(JSON.stringify(problemOf('env = { GITHUB_TOKEN = "hunter2 }\n')), "hunter2")
  })

  it("may not write a section or a key twice", () => {
    const problem = problemOf("[gateway]\n[gateway]\n")
    assert.deepInclude(problem, { line: 2, advice: "the key or section is there twice: keep one of the two" })
  })

  it("may not reach into JavaScript's own names", () => {
    assert.match(problemOf("[rbac.roles.__proto__]\npermissions = []\n").found, /unsafe property/)
  })

  it("may not nest deeper than 32", () => {
    assert.match(problemOf(`a = ${"[".repeat(40)}${"]".repeat(40)}\n`).found, /excessively nested/)
  })
})
