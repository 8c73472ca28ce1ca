import type { Mutant } from "../mutant.ts"

const slots = "src/gateway/SessionSlots.ts"

/** Connections of single sessions. */
export const sessionMutants: ReadonlyArray<Mutant> = [
  {
    name: "session-slot-leaked",
    invariant: 32,
    file: "src/gateway/RouterActor.ts",
    find: "        message.unit.stopping.delete(message.slot)\n",
    replace: "",
    why: "a connection that has ended holds its place for ever"
  },
  {
    name: "session-slot-outlives-session",
    invariant: 18,
    file: "src/gateway/RouterActor.ts",
    find: "    this.#slots.closeSession(session.id)\n",
    replace: "",
    why: "the processes of a client that is gone stay"
  },
  {
    name: "session-bound-ignored",
    invariant: 32,
    file: "src/gateway/BackendUnit.ts",
    find: "return this.slots.size + this.stopping.size < this.spec.maxSessions",
    replace: "return true",
    why: "any number of clients may have processes of their own"
  },
  {
    name: "session-bound-forgets-stopping",
    invariant: 32,
    file: "src/gateway/BackendUnit.ts",
    find: "return this.slots.size + this.stopping.size < this.spec.maxSessions",
    replace: "return this.slots.size < this.spec.maxSessions",
    why: "processes that are still ending do not count"
  },
  {
    name: "session-idle-never-ends",
    invariant: 32,
    file: slots,
    find: "if (this.isQuiet(slot)) slot.backend.drain()\n    else hands",
    replace: "hands",
    why: "a process that nobody uses is kept"
  },
  {
    name: "session-idle-under-work",
    invariant: 16,
    file: slots,
    find: "return sent + queued + holding === 0 &&",
    replace: "return",
    why: "a connection counts as idle while calls run on it"
  },
  {
    name: "hand-over-without-wait",
    invariant: 32,
    file: "src/gateway/SlotChildren.ts",
    find: "if (after === undefined) return this.#start(unit, slot)",
    replace: "if (after !== slot) return this.#start(unit, slot)",
    why: "a connection takes the place of one that has not ended"
  },
  {
    name: "sessions-share-a-line",
    invariant: 17,
    file: "src/gateway/SlotKey.ts",
    find: "@${sessionId}`",
    replace: "@`",
    why: "clients that are to have connections of their own share one"
  },
  {
    name: "principals-share-a-line",
    invariant: 17,
    file: "src/domain/LoneCaller.ts",
    find: "mark + id",
    replace: "mark + id.slice(0, 0)",
    why: "lone callers of different principals share a connection"
  },
  {
    name: "isolation-ignored",
    invariant: 17,
    file: "src/gateway/RouterActor.ts",
    find: 'const backend = unit.spec.isolation === "shared" ? unit.shared',
    replace: "const backend = unit.spec.maxSessions > 0 ? unit.shared",
    why: "every client goes over the shared connection"
  },
  {
    name: "slot-child-forgotten",
    invariant: 18,
    file: "src/gateway/SlotChildren.ts",
    find: "        this.#around.supervisor.remove(name),\n",
    replace: "        Effect.void,\n",
    why: "a connection that was taken out is not ended"
  }
]
