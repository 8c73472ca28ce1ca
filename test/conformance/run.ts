import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { runVariable } from "../fixtures/leftovers.ts"
import { runDirectory } from "../fixtures/runDirectory.ts"
import { lostThrough, scoreOf, shortfallsOf, type ScenarioRun, type Score, type Shortfall } from "./check.ts"
import { wrongEnd } from "./client/verdict.ts"
import { revisions, root, runSuite, type Revision } from "./suite.ts"
import { httpBackend, startGateway, startServer, stdioBackend } from "./targets.ts"
import { giveTurns, turnsVariable } from "./turns.ts"
import { warm } from "./warm.ts"

// `npm run conformance [-- server|client] [-- 2025-11-25|2026-07-28]`: the official suite, against the server itself,
// against the gateway before it, and with the gateway as a client. Prints a line for each run, writes
// .out/conformance.json, and ends with 1 if something that is required does not hold, or is lost through the gateway.

type Target = "direct" | "gateway, http backend" | "gateway, stdio backend" | "gateway as client"

interface Outcome {
  readonly target: Target
  readonly revision: Revision
  readonly exitCode: number
  readonly required: Score
  readonly all: Score
  readonly shortfalls: ReadonlyArray<Shortfall>
  /** What holds directly and not here. */
  readonly lost: ReadonlyArray<Shortfall>
  /** Scenarios that ended wrongly for the user of the gateway, whatever the suite's server saw. */
  readonly unusable?: ReadonlyArray<string>
}

/** Gateways that may run at once as clients: each takes a core while it starts. */
const clientPlaces = 2
/** The suite's limit for one client: it counts the wait for a turn. */
const clientBoundMillis = 160_000

// One directory for the state of all gateways of this run.
process.env[runVariable] ??= `conf-${process.pid}`
const out = join(root, ".out")
const expectedFailures = join(root, "test/conformance/expected-failures.yml")
const words = process.argv.slice(2)
const leg = words.find((word) => word === "server" || word === "client")
const chosen = revisions.filter((revision) => !words.some((word) => /^\d/.test(word)) || words.includes(revision))

const outcomeOf = async (
  target: Target,
  revision: Revision,
  suite: { readonly arguments: ReadonlyArray<string>; readonly env?: Readonly<Record<string, string>> },
  direct: ReadonlyArray<ScenarioRun> = []
): Promise<Outcome & { readonly runs: ReadonlyArray<ScenarioRun> }> => {
  const directory = join(out, "conformance", `${target.replaceAll(/\W+/g, "-")}-${revision}`)
  const { exitCode, runs } = await runSuite({ ...suite, revision, expectedFailures, directory })
  const required = scoreOf(runs.filter((run) => run.scored))
  const lost = lostThrough(direct, runs)
  const outcome = { target, revision, exitCode, required, all: scoreOf(runs), shortfalls: shortfallsOf(runs), lost }
  process.stdout.write(`${lineOf(outcome)}\n`)
  return { ...outcome, runs }
}

const lineOf = ({ all, lost, required, revision, shortfalls, target }: Outcome): string => {
  const warned = required.warnings > 0 ? `, ${required.warnings} warnings` : ""
  const lines = [...shortfalls, ...lost]
    .filter(({ scored }) => scored)
    .map(({ check, message, scenario, status }) => `  ${status} ${scenario}: ${check}: ${message}`)
  return [
    `${revision} ${target}: ${required.passed}/${required.passed + required.failed} required checks${warned}` +
      ` in ${required.scenariosPassed}/${required.scenarios} scenarios; with optional ones ${all.passed}/${all.passed + all.failed}`,
    ...new Set(lines)
  ].join("\n")
}

const serverLeg = async (): Promise<ReadonlyArray<Outcome>> => {
  await using server = await startServer()
  const outcomes: Array<Outcome> = []
  const direct = new Map<Revision, ReadonlyArray<ScenarioRun>>()
  for (const revision of chosen) {
    const { runs, ...outcome } = await outcomeOf("direct", revision, { arguments: ["server", "--url", server.address] })
    outcomes.push(outcome)
    direct.set(revision, runs)
  }
  const through = [
    ["gateway, http backend", httpBackend(server.address)],
    ["gateway, stdio backend", stdioBackend()]
  ] as const
  for (const [target, backend] of through) {
    await using gateway = await startGateway(backend)
    await warm(gateway.address)
    for (const revision of chosen) {
      const suite = { arguments: ["server", "--url", gateway.address] }
      const { runs: _, ...outcome } = await outcomeOf(target, revision, suite, direct.get(revision))
      outcomes.push(outcome)
    }
  }
  return outcomes
}

const clientLeg = async (): Promise<ReadonlyArray<Outcome>> => {
  const command = `"${process.execPath}" test/conformance/client.ts`
  const outcomes: Array<Outcome> = []
  for (const revision of chosen) {
    await using turns = await giveTurns(clientPlaces)
    const { runs, ...outcome } = await outcomeOf("gateway as client", revision, {
      arguments: ["client", "--command", command, "--timeout", String(clientBoundMillis)],
      env: { [turnsVariable]: String(turns.port) }
    })
    const unusable = runs.flatMap(({ printed = "", scenario, scored }) => {
      const wrong = scored ? wrongEnd(scenario, printed) : undefined
      return wrong === undefined ? [] : [`${scenario} ${wrong}`]
    })
    for (const wrong of unusable) process.stdout.write(`  ${wrong}\n`)
    outcomes.push({ ...outcome, unusable })
  }
  return outcomes
}

process.once("exit", () => rmSync(runDirectory(), { recursive: true, force: true }))
// A signal alone would end it without that.
for (const [signal, code] of [
  ["SIGINT", 130],
  ["SIGTERM", 143]
] as const) {
  process.once(signal, () => process.exit(code))
}
const outcomes = [...(leg === "client" ? [] : await serverLeg()), ...(leg === "server" ? [] : await clientLeg())]
const versionOf = (name: string): unknown =>
  JSON.parse(readFileSync(join(root, "node_modules", name, "package.json"), "utf8")).version
const holds = outcomes.every(
  ({ exitCode, lost, required, unusable = [] }) =>
    exitCode === 0 && required.passed > 0 && unusable.length === 0 && !lost.some(({ scored }) => scored)
)
mkdirSync(out, { recursive: true })
const report = {
  at: new Date().toISOString(),
  suite: versionOf("@modelcontextprotocol/conformance"),
  sdk: versionOf("@modelcontextprotocol/server"),
  node: process.version,
  holds,
  outcomes
}
writeFileSync(join(out, "conformance.json"), `${JSON.stringify(report, null, 2)}\n`)
process.stdout.write(`${holds ? "Conformance holds" : "CONFORMANCE DOES NOT HOLD"}: .out/conformance.json\n`)
process.exitCode = holds ? 0 : 1
