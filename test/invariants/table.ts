import type { InvariantGroup } from "./registry.ts"

/** A test that names promises in its title. */
export interface HoldingTest {
  readonly title: string
  /** From the project's root. */
  readonly file: string
  readonly invariants: ReadonlyArray<number>
}

/** Something besides a title that says which promises it checks. */
export interface Check {
  readonly name: string
  readonly invariants: ReadonlyArray<number>
}

/** All that the sources say about promises. */
export interface Evidence {
  readonly tests: ReadonlyArray<HoldingTest>
  /** Checked after every step of a simulation. */
  readonly simulation: ReadonlyArray<Check>
  /** The models of test/model. */
  readonly models: ReadonlyArray<Check>
  /** What could not be read, one sentence each. */
  readonly unreadable: ReadonlyArray<string>
}

/** One promise with what holds it. */
export interface Row {
  readonly group: string
  readonly number: number
  readonly promise: string
  readonly pending?: string
  readonly later?: string
  readonly tests: ReadonlyArray<Pick<HoldingTest, "file" | "title">>
  readonly simulation: ReadonlyArray<string>
  readonly models: ReadonlyArray<string>
}

export const rowsOf = (groups: ReadonlyArray<InvariantGroup>, evidence: Evidence): ReadonlyArray<Row> =>
  groups.flatMap(({ invariants, name: group }) =>
    invariants.map((invariant) => {
      const names = ({ invariants }: { readonly invariants: ReadonlyArray<number> }) =>
        invariants.includes(invariant.number)
      return {
        group,
        ...invariant,
        tests: evidence.tests.filter(names).map(({ file, title }) => ({ file, title })),
        simulation: evidence.simulation.filter(names).map(({ name }) => name),
        models: evidence.models.filter(names).map(({ name }) => name)
      }
    })
  )

/** A promise is held by a test that names it, or by a model; the simulator alone, which tries at random, is not enough. */
const isHeld = ({ models, tests }: Row): boolean => tests.length + models.length > 0

/** What is wrong with the table, one sentence each; none: it is complete. */
export const problemsOf = (rows: ReadonlyArray<Row>, evidence: Evidence): ReadonlyArray<string> => [
  ...rows.flatMap(problemOf),
  ...unknownIn(rows, evidence),
  ...evidence.unreadable
]

const problemOf = (row: Row): ReadonlyArray<string> => {
  const { number, pending, promise, simulation } = row
  const touched = isHeld(row) || simulation.length > 0
  if (pending === undefined) return isHeld(row) ? [] : [`INV-${number} is held by no test: ${promise}`]
  return touched ? [`INV-${number} is said to wait for ${pending}, and is checked all the same by ${firstOf(row)}`] : []
}

const unknownIn = (rows: ReadonlyArray<Row>, { models, simulation, tests }: Evidence): ReadonlyArray<string> => {
  const known = new Set(rows.map(({ number }) => number))
  const said = [...tests.map((test) => ({ ...test, name: `${test.file}, "${test.title}"` })), ...simulation, ...models]
  return said.flatMap(({ invariants, name }) =>
    invariants.filter((number) => !known.has(number)).map((number) => `INV-${number} does not exist: ${name}`)
  )
}

/** The table for a person to read, and a summary as its last line. */
export const printed = (rows: ReadonlyArray<Row>, problems: ReadonlyArray<string>): string => {
  const lines = rows.flatMap((row, index) => [
    ...(rows[index - 1]?.group === row.group ? [] : ["", row.group]),
    `${String(row.number).padStart(4)}  ${row.promise}`,
    `      ${stateOf(row)}`,
    ...(row.later === undefined ? [] : [`      to be held too: ${row.later}`])
  ])
  const wrong = problems.length === 0 ? [] : ["", ...problems.map((problem) => `WRONG: ${problem}`)]
  return [...lines.slice(1), ...wrong, "", summaryOf(rows, problems), ""].join("\n")
}

const stateOf = (row: Row): string => {
  const { models, pending, simulation, tests } = row
  if (pending !== undefined && !isHeld(row)) return `pending: ${pending}`
  const counts = [counted(tests.length, "test"), ...(models.length === 0 ? [] : [counted(models.length, "model")])]
  return `${counts.join(", ")}, simulation ${simulation.length > 0 ? "yes" : "no"}: ${firstOf(row)}`
}

const firstOf = ({ models, simulation, tests: [first] }: Row): string =>
  first === undefined
    ? (models[0] ?? simulation.map((name) => `the simulator's "${name}"`)[0] ?? "nothing")
    : `"${first.title}" (${first.file})`

const summaryOf = (rows: ReadonlyArray<Row>, problems: ReadonlyArray<string>): string => {
  const held = rows.filter(isHeld).length
  const simulated = rows.filter(({ simulation }) => simulation.length > 0).length
  const pending = rows.filter((row) => row.pending !== undefined && !isHeld(row)).length
  const wrong = problems.length === 0 ? "nothing wrong" : `${counted(problems.length, "thing")} WRONG`
  const counts = `${rows.length} promises: ${held} held, ${simulated} of them in simulation, ${pending} pending; ${wrong}`
  return `${counts} (tests that name a promise were looked for, not run)`
}

const counted = (count: number, what: string): string => `${count} ${what}${count === 1 ? "" : "s"}`
