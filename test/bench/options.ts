/** The command line of the benchmark. */
import { parseArgs } from "node:util"
import { partNames, type PartName } from "./parts.ts"
import { targetNames, type TargetName } from "./targets.ts"

export const usage = `npm run bench -- [options]

  --targets a,b,c    parts of the run: ${partNames.join(", ")}, or http for both of the last;
                     and targets in them: ${targetNames.join(", ")}
                     (default: all; direct is always measured)
  --rounds N         rounds of all targets in turn (default 5 on stdio, 3 over HTTP)
  --quick            one round with fewer calls
  --subject NAME     the target that the bars are judged for (default gateway, over HTTP gateway-sessions too)
  --in-flight-1000   instead: 1,000 calls at once, each answered exactly once? The gateway over four backends,
                     or any other --targets on stdio over its one
  --scale            instead: the median call at 4 and at 100 backends of 100 tools each, in this process
  --idle             instead: what 1,000 idle sessions and 200 listen streams cost the gateway, and what is left of it
                     when they have gone; --quick: a tenth of them
  --help             this text

A table goes to stdout, the full figures to .out/bench/<timestamp>.json. Exit code 0, or 1 if a target failed.`

export interface Options {
  readonly parts: ReadonlyArray<PartName>
  /** Empty: all. */
  readonly targets: ReadonlyArray<TargetName>
  /** undefined: as many as the part has. */
  readonly rounds: number | undefined
  readonly quick: boolean
  /** undefined: those of the part. */
  readonly subject: TargetName | undefined
  readonly exactlyOnce: boolean
  readonly scale: boolean
  readonly idle: boolean
  readonly help: boolean
}

const targetNamed = (name: string): TargetName => {
  const found = targetNames.find((known) => known === name)
  if (found === undefined) {
    throw new Error(`unknown target "${name}"; known are ${[...partNames, "http", ...targetNames].join(", ")}`)
  }
  return found
}

const partsNamed = (name: string): ReadonlyArray<PartName> =>
  name === "http" ? ["http-stdio", "http-http"] : partNames.filter((known) => known === name)

/** Names of parts and of targets, in one list. */
const selectionFrom = (text: string | undefined): Pick<Options, "parts" | "targets"> => {
  const names = text === undefined ? [] : text.split(",").map((name) => name.trim())
  const parts = names.flatMap(partsNamed)
  const targets = names.filter((name) => partsNamed(name).length === 0).map(targetNamed)
  return { parts: parts.length === 0 ? partNames : parts, targets }
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
      subject: { type: "string" },
      "in-flight-1000": { type: "boolean", default: false },
      scale: { type: "boolean", default: false },
      idle: { type: "boolean", default: false },
      help: { type: "boolean", default: false }
    }
  })
  return {
    ...selectionFrom(values.targets),
    rounds: values.rounds === undefined ? undefined : roundsFrom(values.rounds),
    quick: values.quick,
    subject: values.subject === undefined ? undefined : targetNamed(values.subject),
    exactlyOnce: values["in-flight-1000"],
    scale: values.scale,
    idle: values.idle,
    help: values.help
  }
}
