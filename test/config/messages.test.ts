import { assert, describe, it } from "@effect/vitest"
import { render, renderAll } from "../../src/config/Problem.ts"
import { backend, file, problemOf, problemsOf } from "./decoding.ts"

describe("a message about a configuration", () => {
  it("names file, line, column, key, what was found, what is allowed and what to do", () => {
    const problem = problemOf(backend('timeout_secs = "60"'))
    assert.deepStrictEqual(problem, {
      severity: "error",
      file,
      line: 4,
      column: 1,
      key: "backends[0].timeout_secs",
      found: 'the text "60"',
      allowed: "a whole number of seconds from 1 to 86,400",
      advice: "remove the quotes: timeout_secs = 60",
      message:
        'backends[0].timeout_secs: found the text "60"; allowed: a whole number of seconds from 1 to 86,400; ' +
        "remove the quotes: timeout_secs = 60"
    })
  })

  it("is rendered as one block", () => {
    assert.strictEqual(
      render(problemOf(backend("retries = 11"))),
      [
        `error: ${file}:4:1  backends[0].retries`,
        "  found    the number 11",
        "  allowed  a whole number from 0 to 10",
        "  do       change it, or remove the key for the default, 0"
      ].join("\n")
    )
  })

  it("comes with all the others of the file, in the order of the lines, and their count", () => {
    const problems = problemsOf(
      `[gateway]\nlog_level = "loud"\nmax_call = 1\n${backend("retries = -1\nfoo = 1")}\n${backend('url = "https://u:p@h/"', "Git")}`
    )
    assert.deepStrictEqual(
      problems.map(({ key, line }) => [line, key]),
      [
        [2, "gateway.log_level"],
        [3, "gateway.max_call"],
        [7, "backends[0].retries"],
        [8, "backends[0].foo"],
        [11, "backends[1].name"],
        [13, "backends[1].url"]
      ]
    )
    assert.match(renderAll(problems), /\n\n6 errors in the configuration$/)
  })

  it("points at the section when a key is missing", () => {
    const problem = problemOf('[[backends]]\nname = "a"\ncommand = "a"\n\n[[backends]]\ncommand = "b"\n')
    assert.deepInclude(problem, {
      line: 5,
      key: "backends[1].name",
      advice: 'add the line name = "..." to this section'
    })
  })

  it.each([
    ["a misspelt key", "timeout_sec = 1", "did you mean timeout_secs?"],
    ["a key in another style", "timeoutSecs = 1", "did you mean timeout_secs?"],
    ["the beginning of a key", "idempotent = []", "did you mean idempotent_tools?"],
    ["a letter left out", "reties = 1", "did you mean retries?"],
    ["two letters swapped", "cdw = 1", "did you mean cwd?"],
    ["a key of another section", "log_level = 'info'", "log_level belongs in a [gateway] section: move the line there"]
  ])("says which key was meant by %s", (_, line, advice) => {
    assert.strictEqual(problemOf(backend(line)).advice, advice)
  })

  it("says which section was meant", () => {
    assert.strictEqual(problemOf("[gatway]\n").advice, "did you mean gateway?")
  })

  it("makes no guess at a key that is like no other", () => {
    assert.match(problemOf(backend("xyzzy = 1")).advice, /^remove it from backends\[0\], or see docs/)
  })

  it.each([
    ["a choice that is nearly right", 'isolation = "sesion"', 'did you mean isolation = "session"?'],
    ["a boolean in quotes", 'enabled = "True"', "remove the quotes: enabled = true"],
    [
      "a single argument without brackets",
      'args = "--stdio"',
      'put texts in brackets, each with its own quotes: args = ["one", "two"]'
    ],
    ["a number without quotes", "cwd = 3", 'put the value in quotes: cwd = "3"'],
    ["a fraction", "timeout_secs = 0.5", "write it without a fraction"],
    [
      "both kinds of reference",
      'env = { A = { env = "B", file = "/c" } }',
      "write exactly one of the two keys, env or file"
    ]
  ])("says how to write %s", (_, line, advice) => {
    assert.strictEqual(problemOf(backend(line)).advice, advice)
  })

  it("says that backends need two pairs of brackets, and other sections one", () => {
    assert.strictEqual(problemOf('[backends]\nname = "a"\n').advice, "write [[backends]] with two pairs of brackets")
    assert.strictEqual(problemOf("[[gateway]]\n").advice, "write [gateway] with one pair of brackets")
  })

  it("gives the place of a wrong entry of a list", () => {
    const problem = problemOf(backend('args = [\n  "a",\n  7\n]'))
    assert.deepInclude(problem, { key: "backends[0].args[1]", line: 6, column: 3 })
  })

  it("can't rewrite the terminal by what it quotes, nor flood it", () => {
    const { found } = problemOf(backend(String.raw`type = "\u001b[2J\u202e${"x".repeat(500)}"`))
    assert.notMatch(found, /\p{Cc}|\p{Cf}/u)
    assert.isBelow(found.length, 100)
  })
})
