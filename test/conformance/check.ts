/** What the suite says of one requirement; `INFO` and `SKIPPED` count for nothing. */
export type Status = "SUCCESS" | "FAILURE" | "WARNING" | "INFO" | "SKIPPED"

/** One line of a scenario's `checks.json`. */
export interface Check {
  readonly id: string
  readonly name: string
  readonly status: Status
  readonly message: string
}

/** One scenario of the suite, as it ran. */
export interface ScenarioRun {
  readonly scenario: string
  /** Whether the revision requires it; else it ran for the record only. */
  readonly scored: boolean
  readonly checks: ReadonlyArray<Check>
  /** What the client under test wrote. */
  readonly printed?: string
}

/** Passed and failed checks of all scenarios, and of those that the revision requires. */
export interface Score {
  readonly scenarios: number
  readonly scenariosPassed: number
  readonly passed: number
  readonly failed: number
  readonly warnings: number
}

export const scoreOf = (runs: ReadonlyArray<ScenarioRun>): Score => {
  const checks = runs.flatMap((run) => run.checks)
  const count = (status: Status) => checks.filter((check) => check.status === status).length
  return {
    scenarios: runs.length,
    scenariosPassed: runs.filter((run) => !run.checks.some((check) => check.status === "FAILURE")).length,
    passed: count("SUCCESS"),
    failed: count("FAILURE"),
    warnings: count("WARNING")
  }
}

/** A check that does not hold, with the suite's words for it. */
export interface Shortfall {
  readonly scenario: string
  readonly scored: boolean
  readonly check: string
  readonly status: Status | "missing"
  readonly message: string
}

/** The checks that failed, or only warned. */
export const shortfallsOf = (runs: ReadonlyArray<ScenarioRun>): ReadonlyArray<Shortfall> =>
  runs.flatMap(({ checks, scenario, scored }) =>
    checks
      .filter((check) => check.status === "FAILURE" || check.status === "WARNING")
      .map((check) => ({ scenario, scored, check: check.id, status: check.status, message: check.message }))
  )

/**
 * What holds directly and not through the gateway, check by check. Checks have the same id more than once; they are
 * told apart by their name and by their order. A check that the suite only notes is not lost: there are several right
 * ways, and the suite says which one it met.
 */
export const lostThrough = (
  direct: ReadonlyArray<ScenarioRun>,
  gateway: ReadonlyArray<ScenarioRun>
): ReadonlyArray<Shortfall> =>
  direct.flatMap(({ checks, scenario, scored }) => {
    const there = keyed(gateway.find((run) => run.scenario === scenario)?.checks ?? [])
    return [...keyed(checks)].flatMap(([key, check]): ReadonlyArray<Shortfall> => {
      const other = there.get(key)
      if (check.status !== "SUCCESS" || other?.status === "SUCCESS" || other?.status === "INFO") return []
      return [{ scenario, scored, check: check.id, status: other?.status ?? "missing", message: other?.message ?? "" }]
    })
  })

const keyed = (checks: ReadonlyArray<Check>): ReadonlyMap<string, Check> => {
  const byKey = new Map<string, Check>()
  for (const check of checks) {
    let nth = 0
    while (byKey.has(`${check.id} ${check.name} ${nth}`)) nth++
    byKey.set(`${check.id} ${check.name} ${nth}`, check)
  }
  return byKey
}
