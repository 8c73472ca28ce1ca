import { assert, describe, it } from "@effect/vitest"
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
})
