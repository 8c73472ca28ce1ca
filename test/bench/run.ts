/** `npm run bench`: this gateway, two bare relays and the official SDK side by side, between one client and one backend. */
import { judge } from "./bars.ts"
import { answersText, countAnswers } from "./exactly-once.ts"
import { fullEffort, quickEffort } from "./effort.ts"
import { readOptions, usage, type Options } from "./options.ts"
import { judgementText, machineOf, summaryOf, tableOf, writeJson } from "./report.ts"
import { runRounds } from "./rounds.ts"
import { fullScale, measureScale, quickScale } from "./scale.ts"
import { gatewayTarget, openWorkshop, targetNames, targetOf, type Workshop } from "./targets.ts"

const exactlyOnceBackends = 4

const compare = async (options: Options, workshop: Workshop): Promise<boolean> => {
  const startedAt = performance.now()
  const machine = machineOf()
  const wanted = options.targets.length === 0 ? targetNames : options.targets
  const targets = targetNames
    .filter((name) => name === "direct" || wanted.includes(name))
    .map((name) => targetOf(name, workshop))
  console.log(
    `${machine.cpu}, ${machine.cores} cores, ${machine.memoryGiB} GiB, Node ${machine.node}, ${machine.date}\n`
  )
  const effort = options.quick ? quickEffort : fullEffort
  const outcome = await runRounds(targets, options.rounds, effort, workshop)
  const judgement = judge(outcome.results, options.subject)
  const path = writeJson({ machine, options, effort, outcome, subject: options.subject, verdicts: judgement.verdicts })
  console.log(tableOf(outcome))
  console.log(`\n${judgementText(judgement, options.subject)}\n\n${path}`)
  console.log(summaryOf(outcome, judgement, options.subject, (performance.now() - startedAt) / 1_000))
  return outcome.failures.length === 0
}

const proveExactlyOnce = async (options: Options, workshop: Workshop): Promise<boolean> => {
  let isProven = true
  for (const name of options.targets.length === 0 ? (["gateway"] as const) : options.targets) {
    const backends = name === "gateway" ? exactlyOnceBackends : 1
    const target = name === "gateway" ? gatewayTarget(workshop, backends) : targetOf(name, workshop)
    const answers = await countAnswers(target, backends, workshop)
    console.log(`${name}: ${answersText(answers)}`)
    isProven &&= answers.answeredOnce === answers.calls
  }
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
  return await (options.exactlyOnce ? proveExactlyOnce(options, workshop) : compare(options, workshop))
}

try {
  process.exitCode = (await main()) ? 0 : 1
} catch (cause) {
  console.error(cause instanceof Error ? cause.message : cause)
  process.exitCode = 1
}
