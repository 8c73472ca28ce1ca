import { assert, describe, it } from "@effect/vitest"
import { isJsonObject } from "../../src/domain/Json.ts"
import { Place } from "./sentinel.ts"

const place = new Place()

/** The command line, and what stderr must say of it. */
const mistakes: ReadonlyArray<readonly [string, ReadonlyArray<string>, RegExp]> = [
  ["an unknown command gets the nearest one", ["tol"], /no command "tol"; did you mean tools\?/],
  ["so does one asked of help", ["help", "stats"], /no command "stats"; did you mean status\?/],
  ["a command like no other gets no guess", ["frobnicate"], /no command "frobnicate"\n/],
  ["an unknown option gets the nearest one", ["tools", "--jsn"], /no option "--jsn"; did you mean --json\?/],
  ["also of stdio", ["stdio", "--confg", "x"], /no option "--confg"; did you mean --config\?/],
  ["an option without its value is named", ["tools", "--config"], /--config/],
  [
    "a log level that does not exist gets those that do",
    ["--log-level", "loud", "stdio"],
    /"loud".*"trace" \| "debug"/
  ],
  ["an option given twice is named", ["chaos", "--minutes", "5", "--minutes", "7"], /--minutes is given 2 times; once/],
  ["so is a global one", ["--config", "a", "--config", "b", "check"], /--config is given 2 times; once/],
  ["a port that is none gets what is", ["login", "x", "--port", "abc"], /"abc".*a whole number from 0 to 65535/],
  ["a missing argument is named", ["call"], /NAME/],
  ["arguments too many are shown", ["call", "a", "{}", "c"], /too many arguments: "c"/],
  ["what could rewrite a terminal is made visible", ["a\u001b[2Jb"], /no command "a\\u001b\[2Jb"/]
]

describe("a command line that can't be understood", () => {
  it.each(mistakes)("%s", async (_, args, complaint) => {
    const { code, stderr, stdout } = await place.run(args)
    assert.strictEqual(code, 64)
    assert.strictEqual(stdout, "")
    assert.match(stderr, complaint)
    assert.match(stderr, /Run `sentinel help.*` for what there is\.\n$/)
  })

  it.each([
    ["of a command", ["check", "--jsn", "--json"], 'there is no option "--jsn"; did you mean --json?'],
    ["before it", ["--json", "chaos", "--minutes", "0"], "a whole number from 1 to 1440"],
    ["of help", ["help", "tol", "--json"], 'there is no command "tol"; did you mean tools?'],
    ["and nothing else", ["--json"], "no command is given"]
  ])("is told programs as JSON with --json %s", async (_, args, complaint) => {
    const { code, json, stderr } = await place.run(args)
    assert.strictEqual(code, 64)
    const { error } = json()
    assert(isJsonObject(error))
    assert.strictEqual(error["exitCode"], 64)
    assert.include(String(error["message"]), complaint)
    assert.notStrictEqual(stderr, "")
  })

  it.each([
    ["of stdio: a client reads MCP there", ["stdio", "--json", "--jsn"]],
    ["after --", ["check", "--jsn", "--", "--json"]]
  ])("is not told as JSON %s", async (_, args) => {
    const { code, stdout } = await place.run(args)
    assert.deepStrictEqual([code, stdout], [64, ""])
  })
})
