/** The run as a table for people and as JSON for machines. */
import { mkdirSync, writeFileSync } from "node:fs"
import { availableParallelism, cpus, release, totalmem } from "node:os"
import { join, relative } from "node:path"
import type { Judgement, Verdict } from "./bars.ts"
import type { Metric, Outcome } from "./rounds.ts"

const rows: ReadonlyArray<readonly [label: string, metric: Metric, digits: number]> = [
  ["small call on one core, median us", "oneCoreMicros", 1],
  ["  added us", "oneCoreAddedMicros", 1],
  ["  p99 us", "oneCoreP99Micros", 1],
  ["small call, cores free, median us", "smallMicros", 1],
  ["  added us", "smallAddedMicros", 1],
  ["  p99 us", "smallP99Micros", 1],
  ["calls/s, 32 in flight", "perSecondAt32", 0],
  ["calls/s, 256 in flight", "perSecondAt256", 0],
  ["own CPU us/call, 32 in flight", "cpuMicros", 2],
  ["  the client's CPU us/call", "clientCpuMicros", 2],
  ["64 KiB echo, median ms", "millis64KiB", 3],
  ["  added ms", "added64KiBMillis", 3],
  ["64 KiB not all ASCII, median ms", "millis64KiBMixed", 3],
  ["  added ms", "added64KiBMixedMillis", 3],
  ["1 MiB echo, median ms", "millis1MiB", 2],
  ["  added ms", "added1MiBMillis", 2],
  ["start to tools/list ms, cached", "startMillis", 0],
  ["  first reply, whole or not, ms", "firstListMillis", 0],
  ["  cold ms", "coldStartMillis", 0],
  ["resident idle MiB", "idleRssMiB", 1],
  ["  anonymous MiB", "idleAnonMiB", 1],
  ["resident after load MiB", "loadedRssMiB", 1],
  ["  anonymous MiB", "loadedAnonMiB", 1]
]

const labelWidth = 36
const columnWidth = 17

const cell = (value: number, digits: number) => (Number.isNaN(value) ? "-" : value.toFixed(digits))

export const machineOf = () => ({
  cpu: cpus()[0]?.model.trim() ?? "unknown",
  cores: availableParallelism(),
  memoryGiB: Math.round(totalmem() / 2 ** 30),
  kernel: release(),
  node: process.version,
  date: new Date().toISOString()
})

const line = (label: string, cells: ReadonlyArray<string>) =>
  label.padEnd(labelWidth) + cells.map((cell) => cell.padStart(columnWidth)).join("")

export const tableOf = ({ results, failures }: Outcome): string =>
  [
    line("", [...results.keys()]),
    ...rows
      .filter(([, metric]) => [...results.values()].some(({ median }) => !Number.isNaN(median(metric))))
      .map(([label, metric, digits]) =>
        line(
          label,
          [...results.values()].map(({ median }) => cell(median(metric), digits))
        )
      ),
    ...failures.map(({ target, round, reason }) => `FAILED ${target} in round ${round}: ${reason}`)
  ].join("\n")

const verdictLine = ({ what, value, bound, limit, unit, passed }: Verdict) =>
  `${passed ? "pass" : "MISS"}  ${what.padEnd(52)}${value.toFixed(2).padStart(9)} ${unit.padEnd(4)}(${bound} ${limit})`

export const judgementText = ({ subject, verdicts, missing }: Judgement): string =>
  missing.length > 0
    ? `The bars for ${subject} were not judged: no figures for ${missing.join(", ")}.`
    : [`${subject}:`, ...verdicts.map(verdictLine)].join("\n")

const metText = ({ subject, verdicts }: Judgement) => {
  const met = verdicts.filter(({ passed }) => passed).length
  return verdicts.length === 0 ? "bars not judged" : `${subject} meets ${met} of ${verdicts.length} bars`
}

/** One line: what was run and how it ended. */
export const summaryOf = (
  title: string,
  { results, failures }: Outcome,
  judgements: ReadonlyArray<Judgement>,
  seconds: number
): string =>
  `${title}: ${results.size} targets in ${seconds.toFixed(0)} s, ${failures.length} failures; ` +
  judgements.map(metText).join("; ")

const asObject = (results: Outcome["results"]) =>
  Object.fromEntries(
    [...results].map(([name, { rounds, median }]) => [
      name,
      { median: Object.fromEntries(rows.map(([, metric]) => [metric, median(metric)])), rounds }
    ])
  )

/** As JSON has it. */
export const asReport = ({ results, failures }: Outcome) => ({ failures, results: asObject(results) })

/** Writes .out/bench/<prefix><timestamp>.json under the project's root and answers with its path there. */
export const writeReport = (prefix: string, body: object): string => {
  const root = join(import.meta.dirname, "../..")
  const folder = join(root, ".out/bench")
  mkdirSync(folder, { recursive: true })
  const path = join(folder, `${prefix}${new Date().toISOString().replaceAll(":", "-")}.json`)
  writeFileSync(path, JSON.stringify(body, undefined, 2) + "\n")
  return relative(root, path)
}
