import assert from "node:assert/strict"
import * as fc from "fast-check"
import { Connection } from "../../src/backend/Connection.ts"
import type { Peer } from "../../src/backend/Handshake.ts"
import { Relisting } from "../../src/backend/Relisting.ts"
import { emptyCatalog } from "../../src/domain/Catalog.ts"
import { command, modelOf } from "./sequences.ts"

/** The model: the number of the server's present lists, and of those that were last told of. */
interface Lists {
  present: number
  known: number
  /** A connection stands: its first lists are under way (of that number), or are known. */
  line: "none" | "starting" | "ready"
  first: number
  /** A reading under way: of which lists, and whether its connection is gone by now. */
  reading: { readonly of: number; isLost: boolean } | undefined
  isTimerSet: boolean
  /** The last reading came to nothing: nothing is promised until somebody looks again. */
  hasFailed: boolean
}

interface Real {
  readonly relisting: Relisting
  readonly reached: Set<string>
}

const named = (name: string, run: (lists: Lists, real: Real) => void, fits?: (lists: Readonly<Lists>) => boolean) =>
  command<Lists, Real>(
    name,
    (lists, real) => {
      run(lists, real)
      const isQuiet = !lists.isTimerSet && lists.reading === undefined && !lists.hasFailed
      if (lists.line === "ready" && isQuiet) assert.equal(lists.known, lists.present, `INV-5: after "${name}"`)
    },
    fits
  )

const change = named("the lists change", (lists, { reached, relisting }) => {
  lists.present++
  if (lists.line === "none") return
  if (lists.line === "starting") reached.add("a change before the first lists are known")
  if (lists.reading !== undefined) reached.add("a change while the lists are read")
  relisting.changed()
})

const connect = named(
  "a connection is opened",
  (lists) => {
    lists.line = "starting"
    lists.first = lists.present
  },
  ({ line }) => line === "none"
)

const firstListed = named(
  "its first lists are known",
  (lists, { relisting }) => {
    lists.line = "ready"
    lists.known = lists.first
    relisting.attach(connection, peer)
    relisting.firstListed()
  },
  ({ line }) => line === "starting"
)

const lose = named(
  "it is gone",
  (lists, { relisting }) => {
    lists.line = "none"
    lists.hasFailed = false
    if (lists.reading !== undefined) lists.reading.isLost = true
    relisting.detach()
  },
  ({ line }) => line !== "none"
)

const due = named(
  "the wait is over",
  (lists, { reached, relisting }) => {
    lists.isTimerSet = false
    if (lists.reading !== undefined) reached.add("a wait that ends while the lists are read")
    relisting.due()
  },
  ({ isTimerSet }) => isTimerSet
)

const read = (isGood: boolean) =>
  named(
    isGood ? "they are read" : "they can't be read",
    (lists, { relisting }) => {
      const isKnown = isGood && lists.reading?.isLost === false
      if (isKnown) lists.known = lists.reading?.of ?? 0
      lists.hasFailed = !isKnown
      lists.reading = undefined
      relisting.relisted(isKnown ? emptyCatalog : undefined)
    },
    ({ reading }) => reading !== undefined
  )

const revive = named("somebody looks again", (lists, { relisting }) => {
  // As its caller does: with the next probe of a connection that is ready.
  if (lists.line !== "ready") return
  relisting.revive()
  lists.hasFailed &&= !lists.isTimerSet
})

const connection = new Connection(
  1,
  {
    pid: undefined,
    write: () => undefined,
    backlogBytes: () => 0,
    kill: () => undefined,
    stderr: () => []
  },
  { onNotification: () => undefined, onRequest: () => undefined, onViolation: () => undefined }
)

const peer: Peer = {
  dialect: { era: "stateful", version: "2025-11-25", identity: { name: "model", version: "1" } },
  capabilities: {},
  serverInfo: {},
  instructions: undefined
}

/** When lists are read again, against the number of the lists that are known: in the end it is that of today. */
export const relisting = modelOf<undefined, Lists, Real>({
  name: "relisting",
  invariants: [5, 32],
  settings: fc.constant(undefined),
  command: fc.oneof(
    { weight: 6, arbitrary: fc.constant(change) },
    { weight: 3, arbitrary: fc.constantFrom(connect, firstListed) },
    { weight: 3, arbitrary: fc.constant(due) },
    { weight: 3, arbitrary: fc.constantFrom(read(true), read(true), read(false)) },
    { weight: 1, arbitrary: fc.constantFrom(lose, revive) }
  ),
  begin: (_, reached) => {
    const model: Lists = {
      present: 1,
      known: 0,
      line: "none",
      first: 0,
      reading: undefined,
      isTimerSet: false,
      hasFailed: false
    }
    const context = {
      wake: () => {
        assert.equal(model.isTimerSet, false, "INV-32: a wait that has begun is begun anew")
        model.isTimerSet = true
      },
      relist: () => {
        assert.equal(model.reading, undefined, "INV-32: two readings at a time")
        model.reading = { of: model.present, isLost: false }
      },
      onCatalog: () => undefined
    }
    return { model, real: { relisting: new Relisting(context), reached } }
  }
})
