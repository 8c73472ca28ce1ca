import type { BackendSpec } from "../domain/BackendSpec.ts"
import type { Named } from "./Check.ts"
import { watchedUri } from "./Answers.ts"
import type { Run } from "./Run.ts"

export const updatesArrive: Named = {
  invariant: 38,
  name: "who watches a resource hears of its updates again once faults stop"
}

/** Milliseconds until an update has come through. */
const arrivalMillis = 20

/** Every server says that its resource has changed. Whoever watches it has to hear so; nobody else does, at any time. */
export const checkWatches = (run: Run, fail: (promise: Named, message: string) => void): void => {
  const before = watchesOf(run).map(({ updates }) => updates)
  for (const server of run.servers) server.updated()
  run.pass(arrivalMillis)
  const down = new Set([...downServers(run), ...untold(run)])
  for (const [index, { client, updates, uri }] of watchesOf(run).entries()) {
    if (updates === before[index] && !down.has(uri))
      fail(updatesArrive, `${client} was not told of an update of ${uri}`)
  }
}

const watchesOf = (run: Run) =>
  run.clients.flatMap(({ plan, watching }) => watching.map(({ updates, uri }) => ({ client: plan.name, updates, uri })))

/** What is watched at servers that had no way to tell. */
const untold = (run: Run): ReadonlyArray<string> =>
  run.servers.filter(({ hasUntold }) => hasUntold).map(({ name }) => watchedUri(name))

/** Who comes later finds no place. */
const isCrowded = ({ scenario }: Run, { isolation, maxSessions }: BackendSpec): boolean =>
  isolation === "session" && maxSessions < scenario.clients.length

/** What is watched at servers that are down, or may be for one of the sessions. */
const downServers = (run: Run): ReadonlyArray<string> =>
  (run.gateway?.units ?? [])
    .filter(({ life, spec }) => life?._tag !== "Ready" || !spec.restart.onExit || isCrowded(run, spec))
    .map(({ spec }) => watchedUri(spec.name))
