import { mkdirSync, writeFileSync } from "node:fs"
import * as path from "node:path"
import { pathToFileURL } from "node:url"
import { parseArgs } from "node:util"
import { wholeOf } from "../model/run.ts"
import { root } from "./build.ts"
import { catchAll, type Caught } from "./catch.ts"
import { readRecord, recordFile, writeRecord } from "./caught.ts"
import { inForm } from "./formatted.ts"
import type { Mutant } from "./mutant.ts"
import { allMutants } from "./mutants.ts"
import { caughtLine, page, summaryLine, writeTable } from "./report.ts"
import { defaultEffort, type Effort } from "./tries.ts"

export interface MutantRun {
  readonly caught: ReadonlyArray<Caught>
  /** Every one of them was. */
  readonly isComplete: boolean
  /** One line for people. */
  readonly summary: string
}

export interface MutantOptions extends Partial<Effort> {
  /** Those whose names begin like this; default: all. */
  readonly only?: string
  /** Goes on until the promise breaks that was meant: says whether a check of just that one is able to fail. */
  readonly aims?: boolean
  readonly onCaught?: (caught: Caught) => void
}

/**
 * Looks for the defect of every mutant, from seed 1 on, and in the end where it was found the last time; writes
 * `.out/mutants.json`.
 */
export const runMutants = async (options: MutantOptions = {}): Promise<MutantRun> => {
  const { aims = false, only = "", onCaught = () => undefined } = options
  const { runs = defaultEffort.runs, seeds = defaultEffort.seeds } = options
  const mutants = allMutants.filter(({ name }) => name.startsWith(only))
  if (mutants.length === 0) throw new RangeError(`no mutant's name begins with "${only}"`)
  const startedAt = performance.now()
  const record = readRecord()
  const known = ({ name }: Mutant) => record.get(name) ?? []
  const caught = await catchAll(mutants, { runs, seeds, aims, known, knownLast: true, onCaught })
  const summary = summaryLine(caught, performance.now() - startedAt)
  const out = path.join(root, ".out")
  mkdirSync(out, { recursive: true })
  writeFileSync(path.join(out, "mutants.json"), `${JSON.stringify({ summary, caught }, null, 2)}\n`)
  return { caught, isComplete: caught.every(({ findings }) => findings.length > 0), summary }
}

// `node test/mutants/run.ts [--only name] [--seeds N] [--runs N] [--aim] [--record] [--write]`: `--record` writes down
// what catches each, for the test, as soon as it is known; `--write` puts the table of what is on record into
// docs/SIMULATION.md, and looks for nothing unless it is to be recorded.
const main = async (): Promise<void> => {
  const { values } = parseArgs({
    options: {
      only: { type: "string" },
      seeds: { type: "string" },
      runs: { type: "string" },
      aim: { type: "boolean", default: false },
      record: { type: "boolean", default: false },
      write: { type: "boolean", default: false }
    }
  })
  if (values.record || !values.write) await look(values)
  if (values.record) await inForm(recordFile)
  if (values.write) {
    writeTable(readRecord())
    await inForm(page)
  }
}

interface Wishes {
  readonly only?: string
  readonly seeds?: string
  readonly runs?: string
  readonly aim: boolean
  readonly record: boolean
}

const look = async ({ aim, only, record, runs, seeds }: Wishes): Promise<void> => {
  const names = allMutants.map(({ name }) => name)
  const { isComplete, summary } = await runMutants({
    aims: aim,
    onCaught: (one) => {
      process.stdout.write(`${caughtLine(one)}\n`)
      if (record) writeRecord([one], names)
    },
    ...(only === undefined ? {} : { only }),
    ...(seeds === undefined ? {} : { seeds: wholeOf("seeds", seeds, 0) }),
    ...(runs === undefined ? {} : { runs: wholeOf("runs", runs, 0) })
  })
  process.stdout.write(`${summary}\n`)
  process.exitCode = isComplete ? 0 : 1
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) await main()
