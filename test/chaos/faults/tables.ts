/** The matrix as Markdown. */
import type { Verdict } from "./bars.ts"
import type { Cell } from "./cell.ts"
import { faults, type Fault } from "./faults.ts"
import { answeredOf, answersOf, certaintyOf, inShort, recoveredOf } from "./summary.ts"
import { peerNames, versionOf, type Backend, type TargetName } from "./targets.ts"

export interface Measured {
  readonly cells: ReadonlyArray<Cell>
  readonly verdicts: ReadonlyArray<Verdict>
}

const table = (head: ReadonlyArray<string>, rows: ReadonlyArray<ReadonlyArray<string>>): string => {
  const line = (cells: ReadonlyArray<string>) => `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`
  return [line(head), line(head.map(() => "---")), ...rows.map(line)].join("\n")
}

const finder = (cells: ReadonlyArray<Cell>) => (fault: Fault, target: TargetName) =>
  cells.find((cell) => cell.fault === fault.name && cell.target === target)

const measuredFaults = (cells: ReadonlyArray<Cell>, kind: Backend["kind"]) =>
  faults.filter(({ backend, name }) => backend === kind && cells.some(({ fault }) => fault === name))

/** This gateway: what both ways in have in common is said once. */
const hereOf = (cells: ReadonlyArray<Cell>): string => {
  const cellOf = finder(cells)
  const head = ["Fault", "The caller gets", "Certainty"]
  const times = ["stdio: answered", "works again", "serve: answered", "works again"]
  const rows = [...measuredFaults(cells, "stdio"), ...measuredFaults(cells, "http")].flatMap((fault) => {
    const stdio = cellOf(fault, "sentinel stdio")
    const serve = cellOf(fault, "sentinel serve")
    const present = [stdio, serve].flatMap((cell) => cell ?? [])
    if (present.length === 0) return []
    const common = (say: (cell: Cell) => string) => [...new Set(present.map(say))].join("; over HTTP: ")
    const timesOf = (cell: Cell | undefined) =>
      cell === undefined ? ["", ""] : [answeredOf(cell, fault), recoveredOf(cell)]
    return [[fault.name, common(answersOf), common(certaintyOf), ...timesOf(stdio), ...timesOf(serve)]]
  })
  return table([...head, ...times], rows)
}

const compared = (cells: ReadonlyArray<Cell>, kind: Backend["kind"], targets: ReadonlyArray<TargetName>): string => {
  const cellOf = finder(cells)
  const rows = measuredFaults(cells, kind).map((fault) => [
    fault.name,
    ...targets.map((target) => inShort(cellOf(fault, target), fault))
  ])
  const titleOf = (target: TargetName) => {
    const peer = peerNames.find((name) => name === target)
    return peer === undefined ? target : `${peer} ${versionOf(peer)}`
  }
  return table(["Fault", ...targets.map(titleOf)], rows)
}

const countsOf = (cells: ReadonlyArray<Cell>): string => {
  const rows = [...new Set(cells.map(({ target }) => target))].map((target) => {
    const own = cells.filter((cell) => cell.target === target)
    const rounds = own.flatMap(({ rounds }) => rounds)
    const count = (value: number) => `${value}`
    return [
      target,
      count(rounds.length),
      count(rounds.filter(({ answer }) => answer._tag === "Nothing").length),
      count(rounds.filter(({ recoveryMillis }) => recoveryMillis === undefined).length),
      count(rounds.reduce((sum, { doubled }) => sum + doubled, 0)),
      count(rounds.reduce((sum, { strays }) => sum + strays, 0)),
      count(own.reduce((sum, { leftovers }) => sum + leftovers, 0))
    ]
  })
  const head = ["", "Faults", "No answer", "Never worked again", "Calls done twice", "Stray replies", "Processes left"]
  return table(head, rows)
}

/** One row a bar, one column a way in. */
const barsOf = (verdicts: ReadonlyArray<Verdict>): string => {
  const targets = [...new Set(verdicts.map(({ target }) => target))]
  const cellOf = (what: string, target: TargetName) => {
    const verdict = verdicts.find((verdict) => verdict.what === what && verdict.target === target)
    if (verdict === undefined) return ""
    return verdict.met ? verdict.measured : `**${verdict.measured}: no**`
  }
  const limits = new Map(verdicts.map(({ limit, what }) => [what, limit]))
  const rows = [...limits].map(([what, limit]) => [what, limit, ...targets.map((target) => cellOf(what, target))])
  return table(["What it must reach", "Bar", ...targets], rows)
}

export const markdownOf = ({ cells, verdicts }: Measured): string =>
  [
    "### This gateway",
    hereOf(cells),
    "### Side by side: stdio server",
    compared(cells, "stdio", ["direct", "sentinel stdio", "supergateway", "mcp-proxy", "mcp-hub"]),
    "### Side by side: HTTP server",
    compared(cells, "http", ["direct", "sentinel stdio", "supergateway", "mcp-hub"]),
    "### Over all rows",
    countsOf(cells),
    "### The bars",
    barsOf(verdicts)
  ].join("\n\n")
