import { parseArgs } from "node:util"

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
  --replay SEED     runs one seed, or a FILE with a scenario, and makes it smaller if it fails
  --trace           prints everything that is seen in what is replayed
  --help, -h        prints this`

/** Throws an `OptionError` that says what is allowed. */
export const readOptions = (args: ReadonlyArray<string>): ChaosOptions => {
  const values = parsed(args)
  return {
    help: values.help,
    only: values.only === undefined ? partNames : values.only.map(partNamed),
    scenarios: wholeNumber("--scenarios", values.scenarios),
    from: wholeNumber("--from", values.from),
    runs: wholeNumber("--runs", values.runs),
    seconds: wholeNumber("--seconds", values.seconds),
    replay: values.replay === undefined ? undefined : replayable(values.replay),
    trace: values.trace
  }
}

const parsed = (args: ReadonlyArray<string>) => {
  try {
    return parseArgs({ args: [...args], options: known }).values
  } catch (error) {
    throw new OptionError(error instanceof Error ? error.message : String(error))
  }
}

const known = {
  help: { type: "boolean", short: "h", default: false },
  only: { type: "string", multiple: true },
  scenarios: { type: "string", default: "10000" },
  from: { type: "string", default: "1" },
  runs: { type: "string", default: "1000000" },
  seconds: { type: "string", default: "60" },
  replay: { type: "string" },
  trace: { type: "boolean", default: false }
} as const

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
