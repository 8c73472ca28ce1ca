import { listeningBounds } from "../backend/HttpListening.ts"
import { patienceBounds } from "../backend/StreamPatience.ts"
import type { BackendSpec } from "../domain/BackendSpec.ts"
import type { BackendUnit } from "../gateway/BackendUnit.ts"
import type { Named, RunView } from "./Check.ts"
import { checkLists } from "./Lists.ts"
import type { Run } from "./Run.ts"
import { eachSlot } from "./Slots.ts"
import { checkWatches } from "./Watching.ts"
import type { World } from "./World.ts"

/** An old process may take so long to be gone, and a new one to shake hands, milliseconds. */
const turnaroundMillis = 6_000

/** How much time passes between two looks whether all is well, milliseconds. */
const sliceMillis = 1_000

/** Milliseconds until a stream that never began is there again, after the longest pause. */
const streamBackMillis = patienceBounds.mostMillis + listeningBounds.retryMostMillis

/** How often calls are made until the circuits have closed. */
const rounds = 12

export const liveness: Named = { invariant: 38, name: "every backend is ready again once faults stop" }
export const circuitsClose: Named = { invariant: 39, name: "every open circuit of a healthy backend closes" }

/**
 * All faults stop. Whatever is not quarantined has to be ready within the longest delay and a handshake; the others
 * after their slow retry; then calls close the circuits, and are answered.
 */
export const heal = (run: Run, { gateway, world }: RunView, fail: (promise: Named, message: string) => void): void => {
  world.saw({ _tag: "World", what: "all faults stop" })
  for (const server of run.servers) server.heal()
  for (const site of run.sites.values()) site.heal()
  for (const client of run.clients) client.heal()
  run.files.isFull = false
  const specs = run.scenario.backends.map(({ spec }) => spec)
  const units = () => gateway()?.units ?? []
  passUntilWell(run, world, Math.max(0, ...specs.map(soonMillis)))
  for (const unit of units())
    if (!isReady(unit) && !waitsLong(unit)) fail(liveness, `${unit.spec.name} is ${stateOf(unit)}`)
  passUntilWell(run, world, Math.max(0, ...specs.map(lateMillis)))
  for (const unit of units())
    if (!isReady(unit) && unit.spec.restart.onExit) fail(liveness, `${unit.spec.name} is ${stateOf(unit)}`)
  // What could not be read or told meanwhile is tried again with the next probe.
  run.pass(Math.max(0, ...specs.map(probedMillis)))
  passUntilAllBegin(run)
  closeCircuits(run, world)
  for (const unit of units()) {
    const circuit = unit.shared.view?.inFlight.circuit._tag
    if (isReady(unit) && circuit !== "Closed")
      fail(circuitsClose, `the circuit of ${unit.spec.name} is still ${String(circuit)}`)
  }
  checkLists(run, fail)
  checkWatches(run, fail)
}

/** Lets so much time pass, or less, if nothing has to heal any more. */
const passUntilWell = (run: Run, world: World, millis: number): void => {
  for (let passed = 0; passed < millis; passed += sliceMillis) {
    run.pass(sliceMillis)
    if (isWell(run, world)) return
  }
}

/** A request for a stream that was lost on the way is missed only after a while. */
const passUntilAllBegin = (run: Run): void => {
  const isWaited = () => [...run.sites.values()].some(({ hasLost }) => hasLost)
  for (let passed = 0; passed < streamBackMillis && isWaited(); passed += sliceMillis) run.pass(sliceMillis)
  if (run.sites.size > 0) run.pass(listeningBounds.retryMostMillis)
}

/** Nobody waits for anything, nothing is kept for anybody, and all are up that are not meant to stay down. */
const isWell = (run: Run, world: World): boolean => {
  if (hasCalls(world)) return false
  if (run.servers.some(({ sessions }) => [...sessions].some(({ questions }) => questions.open.length > 0))) return false
  let isWell = true
  eachSlot(run.gateway, ({ spec, shared }, slot) => {
    const life = slot.view?.life._tag
    const isUp = life === "Ready" || (life === "Idle" && slot !== shared)
    if (!isUp && (spec.restart.onExit || life !== "Parked")) isWell = false
    // What became of a call is kept for a client that was asked, also when the server that asked is gone.
    if ((slot.view?.inFlight.holding ?? 0) > 0) isWell = false
  })
  return isWell
}

const hasCalls = (world: World): boolean => {
  for (const _call of world.oldest()) return true
  return false
}

const closeCircuits = (run: Run, world: World): void => {
  const specs = run.scenario.backends.map(({ spec }) => spec)
  const pause = Math.max(...specs.map(({ circuit }) => circuit.openCapMillis * (1 + circuit.jitter))) / 4
  const wait = Math.max(sliceMillis, pause, ...specs.map(({ timeoutMillis }) => timeoutMillis + 1))
  for (let round = 0; round < rounds; round++) {
    for (const client of run.clients) {
      for (const [backend] of specs.entries()) {
        const call = run.callOf(backend, round % 2)
        if (call !== undefined) client.call(call, 1)
      }
    }
    passUntilAnswered(run, world, wait)
    const isLast = (run.gateway?.units ?? []).every(isClosed)
    if (isLast) return
  }
}

/** Waits for the circuits, too, as long as one is open. */
const passUntilAnswered = (run: Run, world: World, millis: number): void => {
  for (let passed = 0; passed < millis; passed += sliceMillis) {
    run.pass(sliceMillis)
    if (!hasCalls(world) && (run.gateway?.units ?? []).every(isClosed)) return
  }
}

/** Those of lone calls that can be asked are not chosen by their callers, and may be left as they are. */
const isClosed = (unit: BackendUnit): boolean => {
  const own = [...unit.slots.values()].filter(({ lease }) => lease === undefined).map(({ backend }) => backend)
  return !isReady(unit) || [unit.shared, ...own].every(({ view }) => view?.inFlight.circuit._tag === "Closed")
}

/** The longest that is between two probes, the first of which may have no answer. */
const probedMillis = ({ health: { intervalMillis, jitter, timeoutMillis } }: BackendSpec): number =>
  intervalMillis * (1 + jitter) + timeoutMillis

/** A start that hangs runs into its timeout, a hung child is found by its probes; then comes the longest delay. */
const soonMillis = (spec: BackendSpec): number =>
  Math.max(spec.startTimeoutMillis, spec.health.misses * probedMillis(spec)) +
  spec.restart.capMillis * (1 + spec.restart.jitter) +
  turnaroundMillis

const lateMillis = ({ inputTimeoutMillis, restart, startTimeoutMillis }: BackendSpec): number =>
  Math.max(inputTimeoutMillis, restart.slowRetryMillis + startTimeoutMillis + turnaroundMillis)

const isReady = (unit: BackendUnit): boolean => unit.life?._tag === "Ready"

/** Its slow try out of that state is part of it, and may have begun a moment ago. */
const waitsLong = ({ life }: BackendUnit): boolean =>
  life?._tag === "Quarantined" || life?._tag === "Parked" || (life?._tag === "Starting" && life.retryOf !== undefined)

const stateOf = ({ life }: BackendUnit): string =>
  life === undefined ? "not started" : `${life._tag}${"reason" in life ? `: ${life.reason}` : ""}`
