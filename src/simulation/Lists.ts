import type { BackendSpec } from "../domain/BackendSpec.ts"
import { refusalCodes } from "../domain/Outcome.ts"
import { publicName } from "../domain/ToolName.ts"
import type { Named } from "./Check.ts"
import type { CallOf } from "./ClientRequest.ts"
import { certaintyIn } from "./checks/Outcomes.ts"
import { objectIn } from "./Message.ts"
import type { CallRecord } from "./Observation.ts"
import type { Run } from "./Run.ts"
import { askingTool } from "./Scenario.ts"
import type { SimulatedClient } from "./SimulatedClient.ts"

export const listedIsCallable: Named = {
  invariant: 5,
  name: "what a healthy backend offers is listed and can be called, and nothing else is"
}
export const changesAreTold: Named = { invariant: 5, name: "a client is told when what it was listed has changed" }

/** Milliseconds until a connection of a session stands, is listed, and whoever saw other lists has been told. */
const settledMillis = 500

/** Milliseconds that a call takes where nothing is wrong. */
const callMillis = 200

type Fail = (promise: Named, message: string) => void

/** Lets each client list the tools, compares them with what the servers offer, and calls each. For healthy backends. */
export const checkLists = (run: Run, fail: Fail): void => {
  for (const client of run.clients) {
    for (const [backend] of run.servers.entries()) {
      const call = run.callOf(backend, 0)
      if (call !== undefined) client.call(call, 1)
    }
    run.pass(settledMillis)
    const before = client.listed
    const { names } = client.list()
    run.pass(1)
    if (names === undefined) return fail(listedIsCallable, `${client.plan.name} got no list`)
    compare(run, client, names, fail)
    const isOther = before?.names !== undefined && before.names.join() !== names.join()
    if (isOther && !before.isStale && hears(client)) {
      fail(changesAreTold, `${client.plan.name} was not told: ${before.names?.join(" ")} became ${names.join(" ")}`)
    }
  }
}

/** Whether it is told of changes: in the stateless era on the stream of what it watches. */
const hears = ({ plan, watching }: SimulatedClient): boolean => plan.kind === "stateful" || watching.length > 0

const compare = (run: Run, client: SimulatedClient, names: ReadonlyArray<string>, fail: Fail): void => {
  const offers = offersOf(run)
  for (const [name, { backend }] of offers) {
    if (!names.includes(name)) fail(listedIsCallable, `${client.plan.name} is not listed ${name} of ${backend}`)
  }
  for (const name of names) {
    const of = offers.get(name)
    if (of === undefined) {
      if (!isOfOthers(run, name)) fail(listedIsCallable, `${client.plan.name} is listed ${name}, which nobody offers`)
      continue
    }
    const calls = client.call(of, 1)
    run.pass(callMillis)
    for (const call of calls) {
      const problem = problemOf(run, client, call)
      if (problem !== undefined) fail(listedIsCallable, `${client.plan.name} is listed ${name}, and ${problem}`)
    }
  }
}

/**
 * What the ready backends offer, by the names that clients know; where two offer the same one has to stand back. Of each
 * the gateway takes the first ones, as many as it may list.
 */
const offersOf = (run: Run): ReadonlyMap<string, CallOf> => {
  const offers = new Map<string, CallOf>()
  const twice = new Set<string>()
  for (const { name: backend, plan, tools } of readyServers(run)) {
    for (const [index, tool] of tools.entries()) {
      const name = publicName(plan.spec.prefix, tool)
      if (offers.has(name)) twice.add(name)
      if (index >= plan.spec.bounds.tools) continue
      const repeatable = plan.spec.idempotentTools.some((known) => known === tool || known === name)
      offers.set(name, { backend, tool, publicName: name, repeatable })
    }
  }
  for (const name of twice) offers.delete(name)
  return offers
}

/** Those of which all connections are up, or come up when they are needed. */
const readyServers = (run: Run) => {
  const units = run.gateway?.units.filter(({ life, spec }) => life?._tag === "Ready" && !mayStayDown(spec)) ?? []
  const ready = new Set(units.map(({ spec }) => spec.name))
  return run.servers.filter(({ hasUntold, name }) => ready.has(name) && !hasUntold)
}

/** The connection of a session is not started again, where nobody wants that, as long as its session lasts. */
const mayStayDown = ({ isolation, restart }: BackendSpec): boolean => isolation === "session" && !restart.onExit

/** Whether it may be of a backend that is not ready, or wanted by two. */
const isOfOthers = (run: Run, name: string): boolean => {
  const ready = new Set(readyServers(run))
  const owners = run.servers.filter(({ plan, tools }) =>
    tools.some((tool) => publicName(plan.spec.prefix, tool) === name)
  )
  return (
    owners.length > 1 || run.servers.some((server) => !ready.has(server) && isPrefixed(server.plan.spec.prefix, name))
  )
}

const isPrefixed = (prefix: string, name: string): boolean => prefix === "" || name.startsWith(publicName(prefix, ""))

/** What went wrong with a call to a healthy backend, in words. */
const problemOf = (run: Run, { plan }: SimulatedClient, call: CallRecord): string | undefined => {
  const { message } = call.replies[0] ?? {}
  if (message === undefined) return "a call of it has no outcome"
  if (certaintyIn(message) === "completed") return undefined
  const code = Number(objectIn(message, "error")["code"])
  const spec = run.scenario.backends.find(({ spec }) => spec.name === call.backend)?.spec
  // Other sessions may have all the places; a question may come to somebody who has not said that it can be asked.
  if (spec?.isolation === "session" && code === refusalCodes.overloaded) return undefined
  // Which of its connections a lone call gets that can be asked is not for it to say, and one may still have its rest.
  const isLeased = plan.kind === "lone" && plan.asked !== undefined
  if (spec?.isolation === "session" && isLeased && code === refusalCodes.circuitOpen) return undefined
  if (call.tool === askingTool && plan.asked === undefined) return undefined
  return `a call of it ends with ${JSON.stringify(message["error"])}`
}
