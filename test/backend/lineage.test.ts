import { assert, it } from "@effect/vitest"
import { livingOf } from "../../src/backend/Lineage.ts"
import type { Lineage } from "../../src/backend/Lineage.ts"
import type { Snapshot } from "../../src/backend/ProcessTable.ts"
import type { ProcessRow } from "../../src/backend/ProcessRow.ts"

const self = 100
const row = (pid: number, over: Partial<ProcessRow> = {}): ProcessRow => ({
  pid,
  parent: 1,
  group: pid,
  session: pid,
  started: 50,
  ...over
})
const lineage = (over: Partial<Lineage> = {}): Lineage => ({
  leaders: [200],
  known: new Map([[200, 50]]),
  since: 50,
  marked: (variable) => variable("MARK") === "ours",
  ...over
})
const snapshot = (rows: ReadonlyArray<ProcessRow>, marked: ReadonlyArray<number> = []): Snapshot => ({
  rows: [row(1, { started: 0 }), row(50, { started: 0 }), row(self, { parent: 50, started: 10 }), ...rows],
  variableOf: (pid) => (marked.includes(pid) ? "ours" : undefined)
})
const living = (seen: Snapshot, of = lineage()) => livingOf(seen, of, self).map(({ pid }) => pid)

it("the group, the session and all descendants of a known leader are ours", () => {
  const rows = [
    row(200, { parent: self }),
    row(201, { group: 200, session: 200 }),
    row(202, { group: 202, session: 200 }),
    row(203, { parent: 202 }),
    row(204, { parent: 203 }),
    row(900)
  ]
  assert.sameMembers(living(snapshot(rows)), [200, 201, 202, 203, 204])
})

it("a group whose number went to strangers is not ours", () => {
  const rows = [row(200, { started: 70 }), row(201, { group: 200, session: 200, started: 80 })]
  assert.deepStrictEqual(living(snapshot(rows)), [])
})

it("a group without its leader is ours if one of it is known or marked", () => {
  const rows = [row(201, { group: 200, session: 200 }), row(202, { group: 200, session: 200 })]
  assert.deepStrictEqual(living(snapshot(rows)), [])
  assert.sameMembers(living(snapshot(rows, [202])), [201, 202])
  assert.sameMembers(living(snapshot(rows), lineage({ known: new Map([[201, 50]]) })), [201, 202])
})

it("a marked process is ours wherever it is, one older than the child never", () => {
  assert.deepStrictEqual(living(snapshot([row(300), row(301, { started: 49 })], [300, 301])), [300])
})

it("the gateway itself, its ancestors and what it started for others are spared, even under a marked process", () => {
  const rows = [row(200, { parent: self }), row(400, { parent: self }), row(401, { parent: 400 })]
  const old = lineage({ since: 0 })
  assert.deepStrictEqual(living(snapshot(rows, [50, self]), old), [200])
})
