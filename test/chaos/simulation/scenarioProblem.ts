import * as Circuit from "../../../src/machine/Circuit.ts"
import * as Health from "../../../src/machine/Health.ts"
import * as RestartPolicy from "../../../src/machine/RestartPolicy.ts"
import type { Scenario } from "../../../src/simulation/Scenario.ts"
import { actRule, clientRules } from "./actRules.ts"
import { backendRules, countMost, millis } from "./backendRules.ts"
import { anything, firstOf, listOf, object, optional, unfit, whole, type Rules } from "./rules.ts"

/**
 * What keeps a value from being a scenario, or undefined: the place, what was found there, and what is allowed. Without
 * this look a slip of whoever edited a file would show as a gateway that breaks its promises, or not at all.
 */
export const scenarioProblem = (value: unknown): string | undefined => {
  const wrong = object(outlines)(value, "")
  if (wrong !== undefined) return wrong
  // Its outlines are those of a scenario, so the rest can be looked at in their terms.
  const scenario = value as Scenario
  const cast = { backends: scenario.backends.length, clients: scenario.clients.length, millis: scenario.millis }
  return (
    listOf(actRule(cast))(scenario.acts, "acts") ??
    firstOf(scenario.backends.entries(), ([index, { spec }]) => machineProblem(spec, `backends[${index}].spec`)) ??
    repeated("backends", ".spec.name", namesOf(scenario.backends.map(({ spec }) => spec))) ??
    repeated("clients", ".name", namesOf(scenario.clients)) ??
    firstOf(scenario.clients.entries(), ([index, { batches, kind }]) =>
      batches === true && kind !== "stateful"
        ? unfit(batches, `clients[${index}].batches`, `true only with the kind "stateful"`)
        : undefined
    ) ??
    firstOf(scenario.acts.entries(), ([index]) => actProblem(scenario, index))
  )
}

const outlines: Rules<Scenario> = {
  seed: whole(0, Number.MAX_SAFE_INTEGER),
  millis,
  maxCalls: optional(whole(1, countMost)),
  backends: listOf(object(backendRules), 1),
  clients: listOf(object(clientRules), 1),
  acts: anything
}

/** What the machines themselves say of their settings. */
const machineProblem = ({ circuit, health, restart }: Scenario["backends"][number]["spec"], at: string) => {
  const told = (key: string, problem: string | undefined) =>
    problem === undefined ? undefined : `${at}.${key}: ${problem}`
  return (
    told("restart", RestartPolicy.validate(restart)) ??
    told("health", Health.validate(health)) ??
    told("circuit", Circuit.validate(circuit))
  )
}

const namesOf = (all: ReadonlyArray<{ readonly name: string }>): ReadonlyArray<string> => all.map(({ name }) => name)

const repeated = (list: string, key: string, names: ReadonlyArray<string>): string | undefined =>
  firstOf(names.entries(), ([index, name]) =>
    names.indexOf(name) < index ? unfit(name, `${list}[${index}]${key}`, "a name that no other has") : undefined
  )

const actProblem = ({ acts, backends }: Scenario, index: number): string | undefined => {
  const act = acts[index]
  if (act === undefined) return undefined
  const before = acts[index - 1]?.at ?? 0
  if (act.at < before) return unfit(act.at, `acts[${index}].at`, `${before} or more, in the order of their times`)
  const isFault = act._tag === "Fault" || act._tag === "SiteFault"
  return isFault && backends[act.backend]?.isCalm === true
    ? unfit(act.backend, `acts[${index}].backend`, "one that is not calm: at a calm one nothing ever goes wrong")
    : undefined
}
