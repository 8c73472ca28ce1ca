import { readFileSync, writeFileSync } from "node:fs"
import * as path from "node:path"
import { root } from "./build.ts"
import type { Caught } from "./catch.ts"
import type { Record } from "./caught.ts"
import { allMutants } from "./mutants.ts"
import { tryWords, type Finding, type Try } from "./tries.ts"

export const page = path.join(root, "docs", "SIMULATION.md")
const [begin, end] = ["<!-- mutants -->", "<!-- /mutants -->"]

/** The first finding that broke the promise which was meant. */
const aimed = ({ findings, mutant }: Caught): Finding | undefined =>
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
  const count = (kind: Try["by"]) => found.filter(({ by }) => by.by === kind).length
  const missed = caught.filter(({ findings }) => findings.length === 0).map(({ mutant }) => mutant.name)
  return [
    `${caught.length} mutants, ${found.length} caught`,
    `${seeds.length} by the simulator (median seed ${median(seeds)}, last ${Math.max(0, ...seeds)})`,
    `${count("model")} by models, ${count("found")} by kept scenarios, in ${Math.round(millis / 1_000)} s`,
    ...(missed.length === 0 ? [] : [`NOT CAUGHT: ${missed.join(", ")}`])
  ].join("; ")
}

const median = (numbers: ReadonlyArray<number>): number =>
  numbers.toSorted((one, other) => one - other)[Math.floor(numbers.length / 2)] ?? 0

/** The rows of the table of the mutants: what catches each, and how many from the first that took. */
export const rowsOf = (record: Record): ReadonlyArray<ReadonlyArray<string>> => [
  ["Mutant", "What is wrong with it", "Promise", "Caught by", "Took"],
  ["---", "---", "---", "---", "---"],
  ...allMutants.map(({ invariant, name, why }) => {
    const [tried] = record.get(name) ?? []
    const [by, took] = tried === undefined ? ["nothing", ""] : effortWords(tried)
    return [`\`${name}\``, why, `INV-${invariant}`, by, took]
  })
]

const effortWords = (tried: Try): readonly [string, string] => {
  switch (tried.by) {
    case "simulation":
      return ["simulation", plural(tried.seed, "seed")]
    case "model":
      return [`model \`${tried.model}\``, plural(tried.runs, "sequence")]
    case "found":
      return [`kept scenario \`${tried.scenario}\``, "1"]
  }
}

const plural = (count: number, noun: string): string => `${count} ${noun}${count === 1 ? "" : "s"}`

/** The rows of the table that is on the page of the simulation. */
export const writtenRows = (): ReadonlyArray<ReadonlyArray<string>> =>
  partsOf(readFileSync(page, "utf8"))
    .table.split("\n")
    .filter((line) => line.startsWith("|"))
    .map((line) => line.split("|").slice(1, -1).map(cellIn))

const cellIn = (text: string): string => text.trim().replace(/^-+$/, "---")

/** Puts the table between its marks on the page of the simulation. */
export const writeTable = (record: Record): void => {
  const { after, before } = partsOf(readFileSync(page, "utf8"))
  const table = rowsOf(record).map((cells) => `| ${cells.join(" | ")} |`)
  writeFileSync(page, `${before}${begin}\n\n${table.join("\n")}\n\n${end}${after}`)
}

const partsOf = (text: string): { readonly before: string; readonly table: string; readonly after: string } => {
  const [before, rest = ""] = text.split(begin)
  const [table, after] = rest.split(end)
  if (before === undefined || table === undefined || after === undefined) {
    throw new Error(`${page} has no ${begin} … ${end}`)
  }
  return { before, table, after }
}
