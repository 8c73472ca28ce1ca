import type { Mutant } from "../mutant.ts"

const actor = "src/backend/BackendActor.ts"
const relisting = "src/backend/Relisting.ts"
const router = "src/gateway/RouterActor.ts"

/** What is listed, and that it is today's. */
export const catalogMutants: ReadonlyArray<Mutant> = [
  {
    name: "list-change-ignored",
    invariant: 5,
    file: "src/backend/Unasked.ts",
    find: '      case "notifications/resources/list_changed":\n        return relisting.changed()',
    replace: '      case "notifications/resources/list_changed":\n        return',
    why: "a backend that says that its tools changed is not listed again"
  },
  {
    name: "list-read-once",
    invariant: 5,
    file: relisting,
    find: "    this.#running = false\n",
    replace: "",
    why: "after one reading of the lists there is no other"
  },
  {
    name: "list-change-lost-while-reading",
    invariant: 5,
    file: relisting,
    find: "if (this.#running) return this.changed()",
    replace: "if (this.#running) return",
    why: "a change that comes while the lists are read is lost"
  },
  {
    name: "list-change-lost-while-starting",
    invariant: 5,
    file: relisting,
    find: "if (this.#changedEarly) this.changed()",
    replace: "",
    why: "a change that comes before the first lists are complete is lost"
  },
  {
    name: "list-changes-not-gathered",
    invariant: 32,
    file: relisting,
    find: "    if (this.#waiting) return\n",
    replace: "",
    why: "each change of a flood puts the reading off"
  },
  {
    name: "catalog-of-restart-ignored",
    invariant: 5,
    file: actor,
    find: "    this.#events.onCatalog(message.catalog, peer)\n",
    replace: "    if (epoch === 1) this.#events.onCatalog(message.catalog, peer)\n",
    why: "what a backend offers after a restart is not looked at"
  },
  {
    name: "stream-of-changes-not-opened",
    invariant: 5,
    file: "src/backend/Interests.ts",
    find: 'if (line.dialect.era === "stateless") return this.#listen()',
    replace: 'if (line.dialect.era === "stateless") return',
    why: "a stateless backend is not asked to tell of changes"
  },
  {
    name: "stale-views",
    invariant: 5,
    file: router,
    find: "    this.#views.clear()\n",
    replace: "",
    why: "clients see and call what was there when they first looked"
  },
  {
    name: "changes-not-announced",
    invariant: 5,
    file: router,
    find: "    this.#sessions.changed()\n",
    replace: "",
    why: "clients do not hear that their lists changed"
  },
  {
    name: "changes-announced-once",
    invariant: 5,
    file: "src/gateway/OpenSessions.ts",
    find: "    this.#announcing = false\n",
    replace: "",
    why: "clients hear of the first change and of no other"
  },
  {
    name: "hidden-tools-listed",
    invariant: 5,
    file: "src/gateway/BackendUnit.ts",
    find: 'if (!up && this.spec.whenDown === "hide") return',
    replace: "if (false) return",
    why: "tools of a backend that is down are listed although they are to be hidden"
  },
  {
    name: "down-tools-hidden",
    invariant: 5,
    file: "src/gateway/BackendUnit.ts",
    find: 'if (!up && this.spec.whenDown === "hide") return',
    replace: "if (!up) return",
    why: "tools of a backend that is down disappear although they are to stay listed"
  },
  {
    name: "first-lists-never-answered",
    invariant: 1,
    file: router,
    find: "for (const call of this.#patience.release()) this.#dispatch(call)",
    replace: "this.#patience.release()",
    why: "what was asked before the backends were up is forgotten"
  },
  {
    name: "call-to-wrong-backend",
    invariant: 17,
    file: router,
    find: "const unit = this.#units.get(name)\n    if (unit === undefined) return refuse(",
    replace: "const unit = [...this.#units.values()][0]\n    if (unit === undefined) return refuse(",
    why: "every call goes to the first backend"
  },
  {
    name: "relist-forgotten",
    invariant: 5,
    file: "src/backend/Relisting.ts",
    find: "if (this.#failed) this.changed()",
    replace: "",
    why: "lists that could not be read again are not tried once more"
  },
  {
    name: "gap-between-streams-forgotten",
    invariant: 5,
    file: "src/backend/Interests.ts",
    find: "if (wasThere) this.#hasGap = true",
    replace: "",
    why: "what changed between two streams of a stateless server is not read"
  },
  {
    name: "stream-ended-before-the-next",
    invariant: 5,
    file: "src/backend/Interests.ts",
    find: "if (before?.isStanding === true) this.#older = before",
    replace: "if (before?.isStanding === true) this.#forget(before)",
    why: "a stream for news is ended before the one in its place stands"
  },
  {
    name: "stream-waited-for-for-ever",
    invariant: 38,
    file: "src/backend/StreamPatience.ts",
    find: "return this.#isQuick ?",
    replace: "return this.#isQuick && this.#vain < 0 ?",
    why: "a stream for news that was lost on the way is waited for without end"
  }
]
