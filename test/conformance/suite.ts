import { spawn } from "node:child_process"
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync } from "node:fs"
import { dirname, join } from "node:path"
import { fileURLToPath } from "node:url"
import type { Check, ScenarioRun, Status } from "./check.ts"

export const revisions = ["2025-11-25", "2026-07-28"] as const
export type Revision = (typeof revisions)[number]

export const root = fileURLToPath(new URL("../..", import.meta.url))
const suite = join(root, "node_modules/@modelcontextprotocol/conformance/dist/index.js")

/** A run takes a few seconds; one that hangs is ended, and what it left undone counts as missing. */
const runBoundMillis = 170_000

export interface SuiteRun {
  /** What is tested: `server --url URL`, or `client --command COMMAND`. */
  readonly arguments: ReadonlyArray<string>
  readonly revision: Revision
  /** Known failures, as the suite reads them. */
  readonly expectedFailures: string
  /** Where the suite writes; emptied before. */
  readonly directory: string
  readonly env?: Readonly<Record<string, string>>
}

export interface SuiteResult {
  /** What the suite itself says: 0 if everything that is required passes or is known to fail. */
  readonly exitCode: number
  readonly runs: ReadonlyArray<ScenarioRun>
}

/** Runs what a revision of the specification requires, with the pinned suite. */
export const runSuite = async (run: SuiteRun): Promise<SuiteResult> => {
  rmSync(run.directory, { recursive: true, force: true })
  mkdirSync(run.directory, { recursive: true })
  const output = ["--expected-failures", run.expectedFailures, "--output-dir", run.directory]
  const child = spawn(process.execPath, [suite, ...run.arguments, "--requirements", run.revision, ...output], {
    cwd: root,
    stdio: ["ignore", "pipe", "ignore"],
    env: { ...process.env, ...run.env }
  })
  const bound = setTimeout(() => child.kill("SIGKILL"), runBoundMillis)
  let printed = ""
  child.stdout.setEncoding("utf8").on("data", (text: string) => (printed += text))
  const { promise, reject, resolve } = Promise.withResolvers<number>()
  child.on("error", reject)
  child.on("close", (code) => resolve(code ?? 1))
  const exitCode = await promise
  clearTimeout(bound)
  return { exitCode, runs: runsIn(run.directory, notScored(run.revision)) }
}

/** The scenarios that a revision runs for the record only, from the list that comes with the suite. */
const notScored = (revision: Revision): ReadonlySet<string> => {
  const requirements = readFileSync(join(dirname(suite), "../requirements", `${revision}.yaml`), "utf8")
  return new Set([...requirements.matchAll(/^ {2}- scenario: (\S+)$/gm)].map(([, name = ""]) => name))
}

/** A result's directory is `[server-]<scenario>-<time>`; a scenario's name may hold a slash. */
const resultDirectory = /^(?:server-)?(.+)-\d{4}-\d{2}-\d{2}T[\d-]+Z$/

const runsIn = (directory: string, unscored: ReadonlySet<string>): ReadonlyArray<ScenarioRun> =>
  readdirSync(directory, { recursive: true, encoding: "utf8" })
    .filter((path) => path.endsWith("checks.json"))
    .sort()
    .map((path) => {
      const [, scenario = path] = resultDirectory.exec(dirname(path)) ?? []
      const printed = join(directory, dirname(path), "stdout.txt")
      return {
        scenario,
        scored: !unscored.has(scenario),
        checks: checksIn(join(directory, path)),
        ...(existsSync(printed) && { printed: readFileSync(printed, "utf8") })
      }
    })

const checksIn = (file: string): ReadonlyArray<Check> => {
  const read: unknown = JSON.parse(readFileSync(file, "utf8"))
  return Array.isArray(read) ? read.map(checkOf) : []
}

const checkOf = (line: Readonly<Record<string, unknown>>): Check => {
  const text = (name: string) => (typeof line[name] === "string" ? line[name] : "")
  const statuses: ReadonlyArray<Status> = ["SUCCESS", "FAILURE", "WARNING", "INFO", "SKIPPED"]
  const status = statuses.find((status) => status === line["status"]) ?? "FAILURE"
  return { id: text("id"), name: text("name"), status, message: text("errorMessage") || text("description") }
}
