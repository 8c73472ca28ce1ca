/** `npm run bench`: this gateway, bare relays, the official SDK and other gateways side by side, over stdio and HTTP. */
import { judge, type Judgement } from "./bars.ts"
import { answersText, countAnswers } from "./exactly-once.ts"
import { fullIdle, measureIdle, quickIdle } from "./http/idle.ts"
import { readOptions, usage, type Options } from "./options.ts"
import { partOf, type Part } from "./parts.ts"
import { asReport, judgementText, machineOf, summaryOf, tableOf, writeReport } from "./report.ts"
import { runRounds, type Outcome } from "./rounds.ts"
import { fullScale, measureScale, quickScale } from "./scale.ts"
import { gatewayTarget, stdioTargets, type Target } from "./targets.ts"
import { openWorkshop, type Workshop } from "./workshop.ts"

const exactlyOnceBackends = 4

/** Those that were asked for; the direct route always. */
const selected = (targets: ReadonlyArray<Target>, { targets: wanted }: Options) =>
  targets.filter(({ name }) => wanted.length === 0 || name === "direct" || wanted.includes(name))

interface Measured {
  readonly part: Part
  readonly outcome: Outcome
  readonly judgements: ReadonlyArray<Judgement>
}

const measurePart = async (part: Part, options: Options, workshop: Workshop): Promise<Measured> => {
  const startedAt = performance.now()
  const targets = selected(part.targets(workshop), options)
  const outcome = await runRounds(targets, options.rounds ?? part.rounds, part.effort, workshop)
  const subjects = options.subject === undefined ? part.subjects : [options.subject]
  const judgements = subjects
    .filter((subject) => subject === part.subjects[0] || outcome.results.has(subject))
    .map((subject) => judge(part.bars, outcome.results, subject))
  console.log(`${part.title}\n${tableOf(outcome)}\n`)
  for (const judgement of judgements) console.log(`${judgementText(judgement)}\n`)
  const seconds = (performance.now() - startedAt) / 1_000
  console.log(`${summaryOf(part.title, outcome, judgements, seconds)}\n`)
  return { part, outcome, judgements }
}

const compare = async (options: Options, workshop: Workshop): Promise<boolean> => {
  const startedAt = performance.now()
  const machine = machineOf()
  console.log(
    `${machine.cpu}, ${machine.cores} cores, ${machine.memoryGiB} GiB, Node ${machine.node}, ${machine.date}\n`
  )
  const measured: Array<Measured> = []
  for (const name of options.parts) measured.push(await measurePart(partOf(name, options.quick), options, workshop))
  const parts = measured.map(({ part, outcome, judgements }) => ({
    name: part.name,
    effort: part.effort,
    judgements,
    ...asReport(outcome)
  }))
  console.log(writeReport("", { machine, options, parts }))
  const failures = measured.reduce((sum, { outcome }) => sum + outcome.failures.length, 0)
  const seconds = ((performance.now() - startedAt) / 1_000).toFixed(0)
  console.log(`bench: ${measured.length} parts in ${seconds} s, ${failures} failures`)
  return failures === 0
}

const proveExactlyOnce = async (options: Options, workshop: Workshop): Promise<boolean> => {
  const targets = options.targets.length === 0 ? [] : selected(stdioTargets(workshop), options)
  const subjects = targets.filter(({ name }) => options.targets.includes(name) && name !== "gateway")
  const gateways = targets.length === 0 || options.targets.includes("gateway")
  let isProven = true
  const prove = async (target: Target, backends: number) => {
    const answers = await countAnswers(target, backends, workshop)
    console.log(`${target.name}: ${answersText(answers)}`)
    isProven &&= answers.answeredOnce === answers.calls
  }
  for (const target of subjects) await prove(target, 1)
  if (gateways) await prove(gatewayTarget(workshop, exactlyOnceBackends), exactlyOnceBackends)
  return isProven
}

const main = async (): Promise<boolean> => {
  const options = readOptions(process.argv.slice(2))
  if (options.help) {
    console.log(usage)
    return true
  }
  if (options.scale) {
    await measureScale(options.quick ? quickScale : fullScale)
    return true
  }
  using workshop = openWorkshop()
  if (options.idle) return await measureIdle(options.quick ? quickIdle : fullIdle, workshop)
  return await (options.exactlyOnce ? proveExactlyOnce(options, workshop) : compare(options, workshop))
}

try {
  process.exitCode = (await main()) ? 0 : 1
} catch (cause) {
  console.error(cause instanceof Error ? cause.message : cause)
  process.exitCode = 1
}
