import type { Named, RunView, Violation } from "./Check.ts"
import { ending, promises } from "./Checks.ts"
import type { CallRecord } from "./Observation.ts"
import { heal, liveness } from "./Healing.ts"
import { Run } from "./Run.ts"
import { watchedUri } from "./Answers.ts"
import { asKind } from "./ClientRequest.ts"
import { boundsOf } from "./Scenario.ts"
import type { Act, Scenario } from "./Scenario.ts"
import { Trace } from "./Trace.ts"
import { Livelock, VirtualTime } from "./VirtualTime.ts"
import { World } from "./World.ts"
import type { Watcher } from "./World.ts"

/** What became of a scenario. */
export interface Simulated {
  readonly scenario: Scenario
  /** SHA-256 of everything that was seen, in order: the same for the same scenario and the same gateway. */
  readonly digest: string
  readonly observations: number
  /** How much time passed in it. */
  readonly millis: number
  /** Promises that did not hold; the run ends with the first. */
  readonly violations: ReadonlyArray<Violation>
  /** Without `keepCalls`, the last of them. */
  readonly calls: ReadonlyArray<CallRecord>
  /** Line by line, if it was to be kept. */
  readonly trace: ReadonlyArray<string>
}

export interface SimulateOptions {
  /** Keeps the trace, for a person to read. */
  readonly keepTrace?: boolean
  /** Keeps all calls, also when they have long ended; default: true. A long run needs memory for each. */
  readonly keepCalls?: boolean
  /** Looks on. */
  readonly watcher?: Watcher
}

/** A run under way. Nothing happens in it between two steps. */
export interface Simulation {
  /** How much time has passed in it, milliseconds. */
  readonly now: () => number
  /** Goes on by one act, after the last one by all that follows. Returns what became of the scenario when that is over. */
  readonly step: () => Simulated | undefined
}

/** A promise did not hold: what comes after that says nothing any more. */
class Stopped extends Error {
  override readonly name = "Stopped"
}

/**
 * Runs a scenario from the gateway's start to its end: acts and faults, then everything heals, then it stops. All
 * promises are looked after all along. Synchronous: it returns when it is over.
 */
export const simulate = (scenario: Scenario, options: SimulateOptions = {}): Simulated => {
  const { step } = begin(scenario, options)
  for (;;) {
    const simulated = step()
    if (simulated !== undefined) return simulated
  }
}

/** The same run step by step, for somebody who has something else to do in between. */
export const begin = (
  scenario: Scenario,
  { keepCalls = true, keepTrace = false, watcher }: SimulateOptions = {}
): Simulation => {
  const time = new VirtualTime()
  const trace = new Trace(keepTrace)
  const violations: Array<Violation> = []
  const watchers: Array<Watcher> = watcher === undefined ? [] : [watcher]
  const world = new World(time, trace, watchers, keepCalls)
  const broken = ({ invariant, name }: Named, message: string) =>
    void violations.push({ invariant, name, at: time.now, message })
  let isStopping = false
  const view: RunView = {
    scenario,
    world,
    gateway: () => (isStopping ? undefined : run.gateway),
    servers: () => run.servers,
    limits: boundsOf(scenario)
  }
  const checks = promises.map((promise) => promise.check(view, (message) => broken(promise, message)))
  watchers.push(...checks)
  const instants = checks.filter(({ instant }) => instant !== undefined)
  const stopIfBroken = () => {
    if (violations.length > 0) throw new Stopped()
  }
  const run = new Run(scenario, time, world, (at) => {
    for (const check of instants) check.instant?.(at)
    stopIfBroken()
  })
  const stop = () => {
    isStopping = true
    if (!run.stop()) broken(ending, "the gateway did not stop in time")
    isStopping = false
    for (const server of run.servers) server.forget()
    for (const check of checks) check.ended?.()
    stopIfBroken()
  }
  const end = () => {
    run.pass(Math.max(0, scenario.millis - time.now))
    heal(run, view, broken)
    stopIfBroken()
    for (const check of checks) check.healed?.()
    stopIfBroken()
    stop()
    for (const check of checks) check.stopped?.()
  }
  let next = 0
  /** True: it is over. */
  const goOn = (): boolean => {
    const act = scenario.acts[next++]
    try {
      if (next === 1) run.start()
      if (act === undefined) {
        end()
        return true
      }
      run.pass(Math.max(0, act.at - time.now))
      perform(run, act, time, world, stop)
      run.pass(0)
      return false
    } catch (error) {
      if (error instanceof Livelock) broken(liveness, error.message)
      else if (!(error instanceof Stopped)) throw error
      return true
    }
  }
  const result = (): Simulated => ({
    scenario,
    digest: trace.digest(),
    observations: trace.count,
    millis: time.now,
    violations,
    calls: [...world.calls.values()],
    trace: trace.lines
  })
  return { now: () => time.now, step: () => (goOn() ? result() : undefined) }
}

const perform = (run: Run, act: Act, time: VirtualTime, world: World, stop: () => void): void => {
  switch (act._tag) {
    case "Call": {
      const call = run.callOf(act.backend, act.tool)
      if (call !== undefined) void run.clients[act.client]?.call(asKind(call, act.kind), act.count)
      return
    }
    case "Cancel":
      return run.clients[act.client]?.cancel(act.pick)
    case "List":
      return void run.clients[act.client]?.list()
    case "Watch": {
      const backend = run.servers[act.backend]
      if (backend?.plan.hasAll !== true) return
      return run.clients[act.client]?.watch(watchedUri(backend.name), act.isOn)
    }
    case "Leave": {
      const client = run.clients[act.client]
      client?.leave()
      if (run.gateway !== undefined) client?.comeBack(run.gateway)
      return
    }
    case "Fault":
      return run.servers[act.backend]?.apply(act.fault)
    case "SiteFault":
      return run.sites.get(act.backend)?.apply(act.fault)
    case "WallClock":
      world.saw({ _tag: "World", what: `the wall clock is set by ${act.millis} ms` })
      return time.jumpWallClock(act.millis)
    case "Suspend":
      world.saw({ _tag: "World", what: `the machine sleeps for ${act.millis} ms` })
      return run.sleep(act.millis)
    case "Disk":
      world.saw({ _tag: "World", what: `the disk is ${act.isFull ? "full" : "not full any more"}` })
      run.files.isFull = act.isFull
      return
    case "Restart":
      world.saw({ _tag: "World", what: "the gateway is restarted" })
      stop()
      return run.start()
  }
}
