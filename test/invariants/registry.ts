/** Something that the gateway promises at all times. Its number is for good: tests name it `INV-<number>`. */
export interface Invariant {
  readonly number: number
  readonly promise: string
  /** Nothing can hold it yet: what has to be built first. A test that names it makes this out of date. */
  readonly pending?: string
  /** It is held for what exists; this will have to be held too, once it is there. */
  readonly later?: string
}

export interface InvariantGroup {
  readonly name: string
  readonly invariants: ReadonlyArray<Invariant>
}

const calls: ReadonlyArray<Invariant> = [
  { number: 1, promise: "Whoever sends a request hears its end, once: a reply, or nothing more if it was cancelled." },
  { number: 2, promise: "As long as a gate has not let a request pass, its backend hears nothing of it." },
  {
    number: 3,
    promise: "A tool is called no second time on the gateway's own account, unless it is marked idempotent."
  },
  {
    number: 4,
    promise: "What a client proves itself with goes no further: to no backend, child, log or record.",
    later: "traces, metrics and the audit journal"
  },
  {
    number: 5,
    promise: "A caller can call what it is shown and is shown what it can call, its quota aside.",
    later: "lists ask the gates, when there is authorization"
  },
  { number: 6, promise: "The public name of a tool stays with its owner until a person hands it over." },
  {
    number: 7,
    promise: "A tool that was changed since it was approved is not called.",
    pending: "pins of tool definitions"
  },
  {
    number: 8,
    promise: "An approval is for one caller, one tool and one set of arguments, for a while and for one call.",
    pending: "approvals"
  },
  {
    number: 9,
    promise: "What is kept to be given out again is given to nobody of other rights.",
    later: "lists that depend on roles"
  },
  {
    number: 10,
    promise: "A token that is over or withdrawn opens nothing.",
    pending: "tokens that the gateway itself can read"
  },
  { number: 11, promise: "A gate that breaks has refused." }
]

const supervision: ReadonlyArray<Invariant> = [
  { number: 12, promise: "A backend's place is taken by one process group at a time." },
  { number: 13, promise: "Restarts keep to the intensity in every window; beyond it the backend is quarantined." },
  { number: 14, promise: "Each delay doubles the one before up to the cap, give or take a fifth." },
  { number: 15, promise: "A backend that fails takes nothing from the others." },
  { number: 16, promise: "Calls on a connection that ends, end with it, and say what is known of them." },
  { number: 17, promise: "What an earlier connection says answers nothing that was asked on a later one." },
  { number: 18, promise: "A gateway that has ended has left no process." },
  { number: 19, promise: "Only a long enough time of being ready, in one piece, makes delays short again." }
]

const circuit: ReadonlyArray<Invariant> = [
  { number: 20, promise: "A circuit takes no other ways than the four between its states, and those of a hand." },
  { number: 21, promise: "An open one lets nobody through before its time." },
  { number: 22, promise: "A half-open one lets one call through at a time." },
  { number: 23, promise: "News from an earlier state of it changes nothing." },
  { number: 24, promise: "What says nothing about the backend's health does not move it." },
  { number: 25, promise: "Each permit comes back, and once, also from a call that is broken off." }
]

const reloadAndKill: ReadonlyArray<Invariant> = [
  {
    number: 26,
    promise: "From its beginning to its end a request knows one generation.",
    later: "the reload of a configuration goes by generations"
  },
  {
    number: 27,
    promise: "A configuration that is no good leaves everything as it was.",
    later: "the reload of a configuration goes by generations"
  },
  { number: 28, promise: "The same configuration again touches nothing, no process and no count.", pending: "reload" },
  {
    number: 29,
    promise: "Once a kill is confirmed nothing more goes out, and what is out ends in bounded time.",
    pending: "the kill switch"
  },
  {
    number: 30,
    promise: "What was killed stays so until a hand frees it, whatever is reloaded, restarted or reconnected.",
    pending: "the kill switch"
  },
  {
    number: 31,
    promise: "Kills and their ends that cross each other count in the order of their confirmations.",
    pending: "the kill switch"
  }
]

const resourcesAndAudit: ReadonlyArray<Invariant> = [
  { number: 32, promise: "Whatever can grow has a bound and stays within it." },
  {
    number: 33,
    promise: "No window sees more admissions than the limit, also when a reload falls into it.",
    pending: "rate limits"
  },
  {
    number: 34,
    promise: "Nothing is done at a backend before it is written down; how it ended follows, if only as unknown.",
    pending: "the audit journal"
  },
  {
    number: 35,
    promise: "A database that was away has in the end each entry of the journal, once.",
    pending: "the audit journal"
  },
  { number: 36, promise: "No entry is changed, moved or taken away unseen.", pending: "the audit journal" },
  {
    number: 37,
    promise: "Where nothing can be written down, nothing protected is called.",
    pending: "the audit journal"
  }
]

const liveness: ReadonlyArray<Invariant> = [
  { number: 38, promise: "A backend without faults is ready again within its longest delay and a handshake." },
  { number: 39, promise: "The circuit of a backend that is well closes." },
  { number: 40, promise: "What waits to be shipped gets there.", pending: "the audit journal" },
  {
    number: 41,
    promise: "A kill, and whatever else a person orders, is done in bounded time under full load.",
    pending: "the admin surface"
  },
  { number: 42, promise: "However much one caller asks for, the others are served." }
]

/** All that the gateway promises, once faults are over or under way. */
export const invariantGroups: ReadonlyArray<InvariantGroup> = [
  { name: "Calls", invariants: calls },
  { name: "Supervision", invariants: supervision },
  { name: "Circuit", invariants: circuit },
  { name: "Reload and kill", invariants: reloadAndKill },
  { name: "Resources and audit", invariants: resourcesAndAudit },
  { name: "Liveness, once faults stop", invariants: liveness }
]
