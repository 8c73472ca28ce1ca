import * as NodeServices from "@effect/platform-node/NodeServices"
import { assert, describe, it } from "@effect/vitest"
import * as CliConfig from "effect/cli/CliConfig"
import * as Command from "effect/cli/Command"
import * as GlobalFlag from "effect/cli/GlobalFlag"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as fc from "fast-check"
import { ConfigOption, LogLevelOption, JsonOption } from "../../src/cli/Options.ts"
import { readStdioArguments, type StdioOptions } from "../../src/cli/StdioArguments.ts"

describe("the short reader of stdio's command line", () => {
  it("takes the two options, before or after the command, in both spellings", () => {
    const expected: StdioOptions = { config: "a.toml", logLevel: "warn" }
    assert.deepStrictEqual(readStdioArguments(["stdio", "--config", "a.toml", "--log-level", "warn"]), expected)
    assert.deepStrictEqual(readStdioArguments(["--config=a.toml", "stdio", "--log-level=warn"]), expected)
    assert.deepStrictEqual(readStdioArguments(["stdio"]), { config: undefined, logLevel: undefined })
  })

  it.each([[[]], [["tools"]], [["stdio", "--help"]], [["stdio", "--config"]], [["stdio", "--log-level", "loud"]]])(
    "leaves %j to the whole parser",
    (args) => {
      assert.isUndefined(readStdioArguments(args))
    }
  )

  it("understands what it takes in the same way as the whole parser", () => {
    const words = [
      "stdio",
      "--config",
      "--config=b.toml",
      "a.toml",
      "--log-level",
      "--log-level=off",
      "warn",
      "--json",
      "--json=stdio"
    ]
    const line = fc.array(fc.constantFrom(...words), { maxLength: 6 })
    let taken = 0
    const sameReading = (args: ReadonlyArray<string>) => {
      const short = readStdioArguments(args)
      if (short === undefined) return
      taken++
      assert.deepStrictEqual(short, wholeReading(args))
    }
    // A fixed seed: the same command lines each time, so that a failure needs no replay.
    fc.assert(fc.property(line, sameReading), { numRuns: 5_000, seed: 1 })
    assert.isAbove(taken, 100)
  })
})

const services = Layer.mergeAll(NodeServices.layer, CliConfig.layer({ builtIns: [GlobalFlag.Help] }))

/** What `effect/cli` makes of the line, with the options that the real command has. */
const wholeReading = (args: ReadonlyArray<string>): StdioOptions | undefined => {
  let read: StdioOptions | undefined
  const stdio = Command.make("stdio", {}, () =>
    Effect.gen(function* () {
      const config = Option.getOrUndefined(yield* ConfigOption)
      read = { config, logLevel: Option.getOrUndefined(yield* LogLevelOption) }
    })
  )
  const sentinel = Command.make("sentinel").pipe(
    Command.withSubcommands([stdio]),
    Command.withGlobalFlags([ConfigOption, JsonOption, LogLevelOption])
  )
  Effect.runSync(Command.runWith(sentinel, { version: "0" })(args).pipe(Effect.provide(services)))
  return read
}
