/** The command line of the benchmark. */
import { parseArgs } from "node:util"
import { targetNames, type TargetName } from "./targets.ts"

export const usage = `npm run bench -- [options]

  --targets a,b,c    of ${targetNames.join(", ")} (default: all; direct is always measured)
  --rounds N         rounds of all targets in turn (default 5)
  --quick            one round with fewer calls
  --subject NAME     the target that the bars are judged for (default gateway)
  --in-flight-1000   instead: 1,000 calls at once, each answered exactly once? The gateway over four backends,
                     or any other --targets over its one
  --scale            instead: the median call at 4 and at 100 backends of 100 tools each, in this process
  --help             this text

A table goes to stdout, the full figures to .out/bench/<timestamp>.json. Exit code 0, or 1 if a target failed.`

export interface Options {
  readonly targets: ReadonlyArray<TargetName>
  readonly rounds: number
  readonly quick: boolean
  readonly subject: TargetName
  readonly exactlyOnce: boolean
  readonly scale: boolean
  readonly help: boolean
}

const targetNamed = (name: string): TargetName => {
  const found = targetNames.find((known) => known === name)
  if (found === undefined) throw new Error(`unknown target "${name}"; known are ${targetNames.join(", ")}`)
  return found
}

const roundsFrom = (text: string): number => {
  const rounds = Number(text)
  if (!Number.isInteger(rounds) || rounds < 1) throw new Error(`--rounds must be a whole number from 1, not "${text}"`)
  return rounds
}

export const readOptions = (args: ReadonlyArray<string>): Options => {
  const { values } = parseArgs({
    args: [...args],
    options: {
      targets: { type: "string" },
      rounds: { type: "string" },
      quick: { type: "boolean", default: false },
      subject: { type: "string", default: "gateway" },
      "in-flight-1000": { type: "boolean", default: false },
      scale: { type: "boolean", default: false },
      help: { type: "boolean", default: false }
    }
  })
  return {
    targets: values.targets === undefined ? [] : values.targets.split(",").map((name) => targetNamed(name.trim())),
    rounds: roundsFrom(values.rounds ?? (values.quick ? "1" : "5")),
    quick: values.quick,
    subject: targetNamed(values.subject),
    exactlyOnce: values["in-flight-1000"],
    scale: values.scale,
    help: values.help
  }
}
