/** The fault matrix: what a caller sees of each fault, how soon, and how soon it works again; here and at other gateways. */
import { mkdirSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { root } from "../../bench/launches.ts"
import { machineOf } from "../../bench/report.ts"
import { openWorkshop, type Workshop } from "../../bench/workshop.ts"
import { judgeAll, type Verdict } from "./bars.ts"
import { measureCell, type Cell } from "./cell.ts"
import { faults, type Fault } from "./faults.ts"
import { formatted, writePage } from "./page.ts"
import { makeSlots, pooled } from "./slot.ts"
import { markdownOf } from "./tables.ts"
import { peerNames, targetsFor, versionOf, type Target, type TargetName } from "./targets.ts"

export interface FaultsOptions {
  /** How often each fault is inflicted on each target. */
  readonly rounds: number
  /** A row by its name, or all whose names hold this. */
  readonly only?: string | undefined
  /** All, if left out. */
  readonly targets?: ReadonlyArray<TargetName> | undefined
}

export interface FaultsResult {
  readonly machine: ReturnType<typeof machineOf>
  readonly versions: Readonly<Record<string, string>>
  readonly cells: ReadonlyArray<Cell>
  readonly verdicts: ReadonlyArray<Verdict>
  /** Bars that were missed, and cells that could not be measured; empty: all is well. */
  readonly misses: ReadonlyArray<string>
  readonly seconds: number
  /** The tables. */
  readonly markdown: string
  /** One line. */
  readonly summary: string
}

/** Cells under way at once: one of them measures, the others wait for what does not come. */
const atOnce = 24

const rowsNamed = (only: string | undefined): ReadonlyArray<Fault> => {
  const exact = faults.filter(({ name }) => name === only)
  const found = exact.length > 0 ? exact : faults.filter(({ name }) => name.includes(only ?? ""))
  if (found.length === 0)
    throw new Error(`no row is named "${only}"; rows: ${faults.map(({ name }) => name).join(", ")}`)
  return found
}

interface Task {
  readonly fault: Fault
  readonly target: Target
}

const tasksOf = ({ only, targets }: FaultsOptions, workshop: Workshop): ReadonlyArray<Task> => {
  const kinds = { stdio: targetsFor("stdio", workshop), http: targetsFor("http", workshop) }
  return rowsNamed(only).flatMap((fault) =>
    kinds[fault.backend]
      .filter(({ name }) => targets === undefined || targets.includes(name))
      .map((target) => ({ fault, target }))
  )
}

const summaryOf = (cells: ReadonlyArray<Cell>, verdicts: ReadonlyArray<Verdict>, seconds: number): string => {
  const met = verdicts.filter(({ met }) => met).length
  const failures = cells.filter(({ failure }) => failure !== undefined).length
  const rounds = cells.reduce((sum, { rounds }) => sum + rounds.length, 0)
  return (
    `faults: ${cells.length} cells, ${rounds} rounds in ${seconds.toFixed(0)} s, ` +
    `${met} of ${verdicts.length} bars met, ${failures} failures`
  )
}

/** What takes longest is begun first. */
const patienceFor = ({ calmMillis = 0, long }: Fault) => calmMillis + (long === true ? 1 : 0)

/** Starts everything it needs on this machine and ends it again. */
export const runFaults = async (options: FaultsOptions): Promise<FaultsResult> => {
  const startedAt = performance.now()
  using workshop = openWorkshop()
  const tasks = tasksOf(options, workshop)
  const longFirst = tasks.toSorted((one, other) => patienceFor(other.fault) - patienceFor(one.fault))
  const slots = makeSlots()
  const done = new Map<Task, Cell>()
  await pooled(longFirst, atOnce, async (task) => {
    done.set(task, await measureCell(task.target, task.fault, options.rounds, workshop, slots))
  })
  const cells = tasks.flatMap((task) => done.get(task) ?? [])
  const verdicts = judgeAll(cells)
  const seconds = (performance.now() - startedAt) / 1_000
  const misses = [
    ...verdicts
      .filter(({ met }) => !met)
      .map(({ limit, measured, target, what }) => `${target}: ${what}: ${measured}; the bar: ${limit}`),
    ...cells.flatMap(({ failure, fault, target }) => (failure === undefined ? [] : `${target}: ${fault}: ${failure}`))
  ]
  return {
    machine: machineOf(),
    versions: Object.fromEntries(peerNames.map((name) => [name, versionOf(name)])),
    cells,
    verdicts,
    misses,
    seconds,
    markdown: markdownOf({ cells, verdicts }),
    summary: summaryOf(cells, verdicts, seconds)
  }
}

const page = join(root, "docs/FAULTS.md")

const headOf = ({ machine, seconds }: FaultsResult, rounds: number): string =>
  `Measured ${machine.date.slice(0, 10)} on ${machine.cpu}, ${machine.cores} cores, ${machine.memoryGiB} GiB, ` +
  `Node ${machine.node.slice(1)}: ${rounds} rounds, ${seconds.toFixed(0)} s.`

const say = (text: string) => process.stdout.write(`${text}\n`)

export interface ReportOptions extends FaultsOptions {
  /** Puts the tables into docs/FAULTS.md as well: for whole runs only. */
  readonly write: boolean
}

/** As `runFaults`; the tables go to stdout, `.out/faults.md` and `.out/faults.json`, and each missed bar to stdout. */
export const reportFaults = async ({ write, ...options }: ReportOptions): Promise<FaultsResult> => {
  const result = await runFaults(options)
  const measured = `${headOf(result, options.rounds)}\n\n${result.markdown}`
  const out = join(root, ".out")
  mkdirSync(out, { recursive: true })
  writeFileSync(join(out, "faults.json"), `${JSON.stringify(result, undefined, 2)}\n`)
  const text = await formatted(measured, page)
  writeFileSync(join(out, "faults.md"), text)
  if (write) await writePage(page, measured)
  say(text)
  for (const miss of result.misses) say(`MISS  ${miss}`)
  return result
}
