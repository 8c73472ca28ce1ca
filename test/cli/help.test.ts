import { assert, describe, it } from "@effect/vitest"
import { readFileSync } from "node:fs"
import { join } from "node:path"
import { exitCodeMeanings } from "../../src/cli/ExitCode.ts"
import { launcher, root, Place } from "./sentinel.ts"

const place = new Place()
const commands = ["stdio", "serve", "demo", "tools", "call", "status", "check", "version", "help"]

describe("help", () => {
  it("names every command, every option and every exit code, with examples", async () => {
    const { code, stderr, stdout } = await place.run(["help"])
    assert.strictEqual(code, 0)
    assert.strictEqual(stderr, "")
    for (const command of commands) assert.match(stdout, new RegExp(`^  ${command} `, "m"))
    for (const option of ["--config FILE", "--json", "--log-level LEVEL", "--help, -h"]) assert.include(stdout, option)
    for (const [exitCode, meaning] of exitCodeMeanings)
      assert.match(stdout, new RegExp(`^  ${exitCode} +`, "m"), meaning)
    // By its path: npx elsewhere would take a stranger's package.
    assert.include(stdout, `claude mcp add sentinel -- ${launcher} stdio\n`)
  })

  it.each(commands)("of %s is the same by help and by --help, and has an example", async (command) => {
    const [byCommand, byOption] = await Promise.all([place.run(["help", command]), place.run([command, "--help"])])
    assert.strictEqual(byCommand.code, 0)
    assert.strictEqual(byCommand.stdout, byOption.stdout)
    assert.match(byCommand.stdout, /^EXAMPLES\n(?: {2}#.*\n)? {2}\S/m)
  })

  it("goes to stderr when no command is given, with the code of a mistake", async () => {
    const { code, stderr, stdout } = await place.run([])
    assert.strictEqual(code, 64)
    assert.strictEqual(stdout, "")
    assert.include(stderr, "SUBCOMMANDS")
  })

  it("and the page in docs say the same of the exit codes", () => {
    const page = readFileSync(join(root, "docs", "CLI.md"), "utf8")
    for (const [code, meaning] of exitCodeMeanings) {
      assert.match(page, new RegExp(`\\| ${code} +\\| ${meaning.replaceAll(/[().]/g, "\\$&")} +\\|`))
    }
  })
})

describe("the version", () => {
  it("is that of the package, by command and by option", async () => {
    const { version } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as { version: string }
    const ran = await Promise.all([place.run(["version"]), place.run(["--version"]), place.run(["version", "--json"])])
    assert.deepStrictEqual(
      ran.map(({ code }) => code),
      [0, 0, 0]
    )
    assert.strictEqual(ran[0].stdout, `sentinel ${version}\n`)
    assert.strictEqual(ran[1].stdout, `sentinel ${version}\n`)
    assert.deepInclude(ran[2].json(), { name: "sentinel", version })
  })
})
