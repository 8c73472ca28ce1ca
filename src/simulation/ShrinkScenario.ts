import type { Violation } from "./Check.ts"
import { shrink, withoutSome } from "./Shrink.ts"
import type { Act, Scenario } from "./Scenario.ts"
import { simulate } from "./Simulate.ts"

/** The simplest scenario found in which the same promise is broken, and how many were tried. */
export const shrinkScenario = (
  scenario: Scenario,
  { invariant, name }: Violation
): { readonly value: Scenario; readonly tried: number } =>
  shrink(scenario, {
    simpler,
    fails: (candidate) =>
      simulate(candidate).violations.some((other) => other.invariant === invariant && other.name === name)
  })

/** Fewer acts, then fewer of those who are there, then simpler acts. */
function* simpler(scenario: Scenario): Generator<Scenario> {
  for (const acts of withoutSome(scenario.acts)) yield { ...scenario, acts }
  for (const [index] of scenario.backends.entries())
    if (scenario.backends.length > 1) yield withoutBackend(scenario, index)
  for (const [index] of scenario.clients.entries())
    if (scenario.clients.length > 1) yield withoutClient(scenario, index)
  for (const [index, act] of scenario.acts.entries()) {
    for (const simple of simplerActs(act)) {
      yield { ...scenario, acts: scenario.acts.map((other, at) => (at === index ? simple : other)) }
    }
  }
  const last = scenario.acts.at(-1)?.at ?? 0
  if (last < scenario.millis) yield { ...scenario, millis: last }
}

const withoutBackend = (scenario: Scenario, gone: number): Scenario => ({
  ...scenario,
  backends: scenario.backends.filter((_, index) => index !== gone),
  acts: scenario.acts.flatMap((act): ReadonlyArray<Act> => {
    if (!("backend" in act)) return [act]
    return act.backend === gone ? [] : [{ ...act, backend: act.backend > gone ? act.backend - 1 : act.backend }]
  })
})

const withoutClient = (scenario: Scenario, gone: number): Scenario => ({
  ...scenario,
  clients: scenario.clients.filter((_, index) => index !== gone),
  acts: scenario.acts.flatMap((act): ReadonlyArray<Act> => {
    if (!("client" in act)) return [act]
    return act.client === gone ? [] : [{ ...act, client: act.client > gone ? act.client - 1 : act.client }]
  })
})

function* simplerActs(act: Act): Generator<Act> {
  if (act._tag === "Call" && act.count > 1) yield { ...act, count: 1 }
  if (act._tag === "SiteFault" && "requests" in act.fault && act.fault.requests > 1)
    yield { ...act, fault: { ...act.fault, requests: 1 } }
  if (act._tag !== "Fault") return
  const { fault } = act
  if (fault._tag === "Starts" && fault.times > 1) yield { ...act, fault: { ...fault, times: 1 } }
  if (fault._tag === "Garbage" && fault.lines > 1) yield { ...act, fault: { ...fault, lines: 1 } }
  if (fault._tag === "Flood" && fault.frames > 1) yield { ...act, fault: { ...fault, frames: 1 } }
}
