import { parseArgs } from "node:util"
import { faults } from "./faults/faults.ts"
import { targetNames, type TargetName } from "./faults/targets.ts"

/** The parts of `npm run chaos`, in the order in which they run. */
export const partNames = ["simulation", "models", "mutants", "real", "faults"] as const
export type PartName = (typeof partNames)[number]

export type Replayable = { readonly seed: number } | { readonly file: string }

export interface ChaosOptions {
  /** Only says what there is. */
  readonly help: boolean
  readonly only: ReadonlyArray<PartName>
  /** Simulated scenarios, and the first of their seeds. */
  readonly scenarios: number
  readonly from: number
  /** Runs of all models together. */
  readonly runs: number
  /** How long real backends are killed, seconds. */
  readonly seconds: number
  /** How often each fault is inflicted on each target. */
  readonly rounds: number
  /** Only the faults of this name, or whose names hold it. */
  readonly row: string | undefined
  readonly targets: ReadonlyArray<TargetName> | undefined
  /** Puts the tables of all faults into docs/FAULTS.md. */
  readonly write: boolean
  /** A seed, or a file with a scenario, to look at closely; nothing else is run then. */
  readonly replay: Replayable | undefined
  /** Prints the whole trace of what is replayed. */
  readonly trace: boolean
}

/** The command line, or a file that it names, can't be used: a line for a person, without a stack. */
export class OptionError extends Error {
  override readonly name = "OptionError"
}

export const usage = `npm run chaos -- [options]
  --only PART       ${partNames.join(", ")}; may be given several times
  --scenarios N     simulated scenarios (10000)
  --from SEED       the first of their seeds (1)
  --runs N          runs of all models together (1000000)
  --seconds N       how long real backends are killed under load (60)
  --rounds N        how often each fault is inflicted on each target (3)
  --row TEXT        only the faults whose names hold this
  --targets a,b     only these of ${targetNames.join(", ")}
  --write           puts the tables of all faults into docs/FAULTS.md
  --replay SEED     runs one seed, or a FILE with a scenario, and makes it smaller if it fails
  --trace           prints everything that is seen in what is replayed
  --help, -h        prints this`

/** Throws an `OptionError` that says what is allowed. */
export const readOptions = (args: ReadonlyArray<string>): ChaosOptions => {
  const { tokens, values } = parsed(args)
  const given = tokens.flatMap((token) => (token.kind === "option" ? [token.name] : []))
  const only = values.only === undefined ? partNames : values.only.map(partNamed)
  if (!values.help) demandFitting(given, only)
  return {
    help: values.help,
    only,
    scenarios: wholeNumber("--scenarios", values.scenarios),
    from: wholeNumber("--from", values.from),
    runs: wholeNumber("--runs", values.runs),
    seconds: wholeNumber("--seconds", values.seconds),
    rounds: wholeNumber("--rounds", values.rounds),
    row: values.row === undefined ? undefined : rowNamed(values.row),
    targets: values.targets?.split(",").map(targetNamed),
    write: values.write,
    replay: values.replay === undefined ? undefined : replayable(values.replay),
    trace: values.trace
  }
}

const parsed = (args: ReadonlyArray<string>) => {
  try {
    return parseArgs({ args: withValues(args), options: known, tokens: true })
  } catch (error) {
    throw new OptionError(error instanceof Error ? error.message : String(error))
  }
}

/** `--from -3` as `--from=-3`: a number below 0 is no option, and is refused as what it is. */
const withValues = (args: ReadonlyArray<string>): Array<string> => {
  const joined: Array<string> = []
  for (let index = 0; index < args.length; index++) {
    const [arg = "", next = ""] = args.slice(index, index + 2)
    const option = Object.entries(known).find(([name]) => arg === `--${name}`)
    const takesValue = option?.[1].type === "string"
    if (takesValue && (next === "" || /^-\D/.test(next))) throw new OptionError(`${arg} needs a value`)
    joined.push(takesValue ? `${arg}=${next}` : arg)
    if (takesValue) index++
  }
  return joined
}

/** What says something about one part only. */
const partOf: Readonly<Record<string, PartName>> = {
  scenarios: "simulation",
  from: "simulation",
  runs: "models",
  seconds: "real",
  rounds: "faults",
  row: "faults",
  targets: "faults",
  write: "faults"
}

const demandFitting = (given: ReadonlyArray<string>, only: ReadonlyArray<PartName>): void => {
  const twice = given.find((name, index) => name !== "only" && given.indexOf(name) < index)
  if (twice !== undefined) throw new OptionError(`--${twice} is given twice: allowed is once`)
  const part = only.find((name, index) => only.indexOf(name) < index)
  if (part !== undefined) throw new OptionError(`--only ${part} is given twice: allowed is once for each part`)
  if (given.includes("replay")) {
    const other = given.find((name) => name !== "replay" && name !== "trace")
    if (other !== undefined) throw new OptionError(`--${other} does not go with --replay: allowed is --trace`)
  } else if (given.includes("trace")) throw new OptionError("--trace goes with --replay only")
  for (const name of given) {
    const of = partOf[name]
    if (of === undefined || only.includes(of)) continue
    throw new OptionError(`--${name} is for the part ${of}, which --only ${only.join(", ")} leaves out`)
  }
  const narrow = given.find((name) => name === "row" || name === "targets")
  if (given.includes("write") && narrow !== undefined) {
    throw new OptionError(`--write does not go with --${narrow}: it is for all faults at all targets`)
  }
}

const known = {
  help: { type: "boolean", short: "h", default: false },
  only: { type: "string", multiple: true },
  scenarios: { type: "string", default: "10000" },
  from: { type: "string", default: "1" },
  runs: { type: "string", default: "1000000" },
  seconds: { type: "string", default: "60" },
  rounds: { type: "string", default: "3" },
  row: { type: "string" },
  targets: { type: "string" },
  write: { type: "boolean", default: false },
  replay: { type: "string" },
  trace: { type: "boolean", default: false }
} as const

const rowNamed = (text: string): string => {
  if (faults.some(({ name }) => name.includes(text))) return text
  throw new OptionError(`--row is ${text}: allowed is a part of ${faults.map(({ name }) => name).join("; ")}`)
}

const targetNamed = (text: string): TargetName => {
  const name = targetNames.find((target) => target === text.trim())
  if (name === undefined) throw new OptionError(`--targets is ${text}: allowed are ${targetNames.join(", ")}`)
  return name
}

/** What looks like a number is a seed. */
const replayable = (text: string): Replayable =>
  /^[-+]?\d+$/.test(text) ? { seed: wholeNumber("--replay", text) } : { file: text }

const partNamed = (text: string): PartName => {
  const name = partNames.find((part) => part === text)
  if (name === undefined) throw new OptionError(`--only is ${text}: allowed are ${partNames.join(", ")}`)
  return name
}

const wholeNumber = (option: string, text: string): number => {
  const value = Number(text)
  if (/^\d+$/.test(text) && value >= 1 && value <= Number.MAX_SAFE_INTEGER) return value
  throw new OptionError(`${option} is ${text}: allowed are whole numbers from 1`)
}
