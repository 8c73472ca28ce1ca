import { readFileSync, writeFileSync } from "node:fs"
import * as path from "node:path"
import { root } from "./build.ts"
import type { Caught } from "./catch.ts"
import { tryWords, type Finding } from "./tries.ts"

const page = path.join(root, "docs", "SIMULATION.md")
const [begin, end] = ["<!-- mutants -->", "<!-- /mutants -->"]

/** The first finding that broke the promise which was meant. */
export const aimed = ({ findings, mutant }: Caught): Finding | undefined =>
  findings.find(({ broken }) => broken.includes(mutant.invariant))

/** What caught it, how, and whether that was the promise which was meant. */
export const caughtLine = (caught: Caught): string => {
  const [first] = caught.findings
  const { invariant, name } = caught.mutant
  if (first === undefined) return `${name} (INV-${invariant}): NOT CAUGHT`
  const meant = aimed(caught)
  const also = meant === undefined || meant === first ? "" : `; as meant by ${tryWords(meant.by)}`
  return `${name} (INV-${invariant}): ${tryWords(first.by)}${also}: ${promisesOf(first)} ${first.message.slice(0, 160)}`
}

const promisesOf = ({ broken }: Finding): string => broken.map((number) => `INV-${number}`).join(", ")

/** The last line: how many were caught, and after how much. */
export const summaryLine = (caught: ReadonlyArray<Caught>, millis: number): string => {
  const found = caught.flatMap(({ findings }) => findings.slice(0, 1))
  const seeds = found.flatMap(({ by }) => (by.by === "simulation" ? [by.seed] : []))
  const missed = caught.filter(({ findings }) => findings.length === 0).map(({ mutant }) => mutant.name)
  return [
    `${caught.length} mutants, ${found.length} caught`,
    `${seeds.length} by the simulator (median seed ${median(seeds)}, last ${Math.max(0, ...seeds)})`,
    `${found.length - seeds.length} by models, in ${Math.round(millis / 1_000)} s`,
    ...(missed.length === 0 ? [] : [`NOT CAUGHT: ${missed.join(", ")}`])
  ].join("; ")
}

const median = (numbers: ReadonlyArray<number>): number =>
  numbers.toSorted((one, other) => one - other)[Math.floor(numbers.length / 2)] ?? 0

/** The table of the mutants, in Markdown. */
export const tableOf = (caught: ReadonlyArray<Caught>): string =>
  [
    "| mutant | what goes wrong | meant to break | caught by | what broke |",
    "| --- | --- | --- | --- | --- |",
    ...caught.map((one) => {
      const { invariant, name, why } = one.mutant
      const [first] = one.findings
      const [by, broken] = first === undefined ? ["nothing", ""] : [tryWords(first.by), brokenWords(first)]
      const meant = aimed(one)
      const later = meant === undefined || meant === first ? "" : `; as meant by ${tryWords(meant.by)}`
      return `| \`${name}\` | ${why} | INV-${invariant} | ${by}${later} | ${broken} |`
    })
  ].join("\n")

const brokenWords = (finding: Finding): string =>
  finding.broken.length === 0 ? cell(finding.message.slice(0, 60)) : promisesOf(finding)

const cell = (text: string): string => text.replaceAll("|", "\\|")

/** Puts the table between its marks on the page of the simulation. */
export const writeTable = (caught: ReadonlyArray<Caught>): void => {
  const text = readFileSync(page, "utf8")
  const [before, rest = ""] = text.split(begin)
  const [, after] = rest.split(end)
  if (before === undefined || after === undefined) throw new Error(`${page} has no ${begin} … ${end}`)
  writeFileSync(page, `${before}${begin}\n\n${tableOf(caught)}\n\n${end}${after}`)
}
