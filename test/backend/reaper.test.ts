import { assert, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { spawn } from "node:child_process"
import type { Lineage } from "../../src/backend/Lineage.ts"
import { makeLookout } from "../../src/backend/Lookout.ts"
import { systemTable } from "../../src/backend/ProcessTable.ts"
import type { ProcessTable } from "../../src/backend/ProcessRow.ts"
import { doubtfulLooks, reap, reapPasses } from "../../src/backend/Reaper.ts"
import { isAlive } from "../fixtures/processes.ts"

const system = systemTable()

const bystander = Effect.acquireRelease(
  Effect.sync(() =>
    spawn(process.execPath, ["-e", "setInterval(() => {}, 1000)"], { detached: true, stdio: "ignore" })
  ),
  (child) =>
    Effect.callback<void>((resume) => {
      if (child.exitCode !== null || child.signalCode !== null) return resume(Effect.void)
      child.once("exit", () => resume(Effect.void))
      child.kill("SIGKILL")
    })
)

/** A table that counts its walks. */
const counting = (over: Partial<ProcessTable> = {}) => {
  const count = { walks: 0 }
  const rows = () => {
    count.walks++
    return system.rows()
  }
  return { count, table: { ...system, rows, ...over } }
}

const lineageOf = (pid: number): Lineage => {
  const started = system.startedOf(pid) ?? 0
  return { leaders: [pid], known: new Map([[pid, started]]), since: started, marked: () => false }
}

it.live("a process whose pid changed hands between look and signal is not hit, and the passes are bounded", () =>
  Effect.gen(function* () {
    const { pid = 0 } = yield* bystander
    const row = { pid, parent: 1, group: pid, session: pid, started: system.startedOf(pid) ?? 0 }
    const count = { walks: 0 }
    // What a look shows is outdated by the time of the signal: now another process has the pid.
    const rows = () => {
      count.walks++
      return [row]
    }
    const table = { ...system, rows, startedOf: () => row.started + 1 }
    const { left } = yield* reap(makeLookout(table), lineageOf(pid))
    assert.isTrue(isAlive(pid))
    assert.deepStrictEqual([left, count.walks], [[row], reapPasses])
  }).pipe(Effect.scoped)
)

it.live("what is killed is told, with nothing left", () =>
  Effect.gen(function* () {
    const { pid = 0 } = yield* bystander
    const { ended, left } = yield* reap(makeLookout(system), lineageOf(pid))
    assert.deepStrictEqual([ended.map((row) => row.pid), left, isAlive(pid)], [[pid], [], false])
  }).pipe(Effect.scoped)
)

/** Processes as one look after the other shows them; what a look does not show any more has ended by the time of the next. */
const passing = (looks: ReadonlyArray<ReadonlyArray<number>>, marked: ReadonlyArray<number>) => {
  const count = { walks: 0 }
  const now = () => looks[Math.min(count.walks, looks.length - 1)] ?? []
  const rowOf = (pid: number) => ({ pid, parent: 1, group: pid, session: pid, started: 7 })
  const rows = () => {
    const seen = now().map(rowOf)
    count.walks++
    return seen
  }
  const startedOf = (pid: number) => (now().includes(pid) ? 7 : undefined)
  const variableOf = (pid: number) => (marked.includes(pid) && now().includes(pid) ? "ours" : undefined)
  const lineage: Lineage = {
    leaders: [],
    known: new Map(),
    since: 7,
    marked: (variable) => variable("MARK") === "ours"
  }
  return { count, lineage, table: { ...system, rows, startedOf, variableOf } }
}

/** Pids that no process has. */
const [first, second, stranger] = [2 ** 30, 2 ** 30 + 1, 2 ** 30 + 2]

it.live("INV-18 a process that ends before its mark is read, and has started another, does not hide that one", () =>
  Effect.gen(function* () {
    const { lineage, table } = passing([[first], [second], [second], []], [first, second])
    const { ended, left } = yield* reap(makeLookout(table), lineage)
    assert.deepStrictEqual([ended.map((row) => row.pid), left], [[second], []])
  })
)

it.live("a machine on which other processes come and go all the time is looked at a bounded number of times", () =>
  Effect.gen(function* () {
    const looks = Array.from({ length: 100 }, (_, look) => [stranger + look])
    const { count, lineage, table } = passing(looks, [])
    const { ended, left } = yield* reap(makeLookout(table), lineage)
    assert.deepStrictEqual([ended, left, count.walks], [[], [], doubtfulLooks])
  })
)

it.live("where no variables are shown nothing is looked at twice for their sake", () =>
  Effect.gen(function* () {
    const { count, lineage, table } = passing([[stranger], []], [])
    yield* reap(makeLookout({ ...table, showsVariables: false }), lineage)
    assert.strictEqual(count.walks, 1)
  })
)

it.live("all who ask for a look within a moment share one, taken after they asked", () =>
  Effect.gen(function* () {
    const { count, table } = counting()
    const { look } = makeLookout(table)
    const snapshots = yield* Effect.all([look, look, look], { concurrency: "unbounded" })
    yield* Effect.promise(() => new Promise(setImmediate))
    assert.deepStrictEqual([new Set(snapshots).size, count.walks], [1, 1])
    yield* look
    assert.strictEqual(count.walks, 2)
  })
)
