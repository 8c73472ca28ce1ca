import { assert, it } from "@effect/vitest"
import { spawn } from "node:child_process"
import type { ChildProcess } from "node:child_process"
import { once } from "node:events"
import { existsSync } from "node:fs"
import { afterAll } from "vitest"
import { procTable, rowFromStat, walk, walkListings } from "../../src/backend/ProcessTable.ts"
import { psTable } from "../../src/backend/PsTable.ts"

const children: Array<ChildProcess> = []
afterAll(() => Promise.all(children.map((child) => (child.kill("SIGKILL"), once(child, "exit")))))

const startChild = async (variables: Record<string, string> = {}) => {
  const script = `setInterval(() => {}, 1000); process.stdout.write("up")`
  const child = spawn(process.execPath, ["-e", script], {
    detached: true,
    stdio: ["ignore", "pipe", "ignore"],
    env: variables
  })
  children.push(child)
  await once(child.stdout, "data")
  return child.pid ?? 0
}

const tables = [psTable(), ...(existsSync("/proc/self/stat") ? [procTable()] : [])]

for (const [index, table] of tables.entries()) {
  const name = index === 0 ? "ps" : "/proc"

  it(`${name} shows a child with its parent, group and start`, async () => {
    const pid = await startChild()
    const row = table.rows().find((row) => row.pid === pid)
    assert.deepStrictEqual(row, {
      pid,
      parent: process.pid,
      group: pid,
      session: pid,
      started: table.startedOf(pid) ?? -1
    })
    assert.isAtLeast(row?.started ?? 0, table.startedOf(process.pid) ?? Infinity)
  })

  it(`${name} shows nothing of a process that does not exist`, () => {
    assert.isUndefined(table.startedOf(2 ** 30))
    assert.isUndefined(table.variableOf(2 ** 30, "PATH"))
  })
}

it.skipIf(tables.length < 2)("/proc shows variables, whole and by their exact name", async () => {
  const pid = await startChild({ FIRST: "1", MARK_OTHER: "no", MARK: "ours/žlutý=1", LAST: "" })
  const table = procTable()
  assert.strictEqual(table.variableOf(pid, "MARK"), "ours/žlutý=1")
  assert.strictEqual(table.variableOf(pid, "FIRST"), "1")
  assert.strictEqual(table.variableOf(pid, "LAST"), "")
  assert.isUndefined(table.variableOf(pid, "ARK"))
})

it("a name with spaces and parentheses does not shift the fields, a zombie is no row", () => {
  const stat = (state: string) => `7 (a) b (c)) ${state} 1 2 3 ${"0 ".repeat(15)}99 0`
  assert.deepStrictEqual(rowFromStat(7, stat("S")), { pid: 7, parent: 1, group: 2, session: 3, started: 99 })
  assert.isUndefined(rowFromStat(7, stat("Z")))
  assert.isUndefined(rowFromStat(7, ""))
})

const rowNamed = (pid: number) => ({ pid, parent: 1, group: pid, session: pid, started: 1 })

it("a process that was started while the others were read is in the walk, though its parent has ended meanwhile", () => {
  const alive = new Set([1, 2])
  const rowOf = (pid: number) => {
    if (pid === 1) {
      alive.delete(2)
      alive.add(3)
    }
    return alive.has(pid) ? rowNamed(pid) : undefined
  }
  assert.deepStrictEqual(
    walk(() => [...alive], rowOf).map(({ pid }) => pid),
    [1, 3]
  )
})

it("a walk among processes that start without end has an end", () => {
  let listings = 0
  const rows = walk(() => [listings++], rowNamed)
  assert.strictEqual(rows.length, walkListings)
})
