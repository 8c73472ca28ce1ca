import type { Mutant } from "../mutant.ts"

const file = "src/machine/Circuit.ts"

/** Circuit breaker, its window, and the permits that calls have of it. */
export const circuitMutants: ReadonlyArray<Mutant> = [
  {
    name: "circuit-open-forever",
    invariant: 39,
    file,
    find: "return now < state.until",
    replace: "return now < Infinity",
    why: "an open circuit never lets a probe through"
  },
  {
    name: "circuit-admits-early",
    invariant: 21,
    file,
    find: "return now < state.until",
    replace: "return now < state.until - 100",
    why: "an open circuit lets a probe through 100 ms before its time"
  },
  {
    name: "circuit-two-probes",
    invariant: 22,
    file,
    find: "return state.probing\n        ?",
    replace: "return state.probing && state.successes > 0\n        ?",
    why: "half-open, a second call goes out while the first probe is"
  },
  {
    name: "circuit-never-closes",
    invariant: 39,
    file,
    find: "const successes = state.successes + 1",
    replace: "const successes = state.successes",
    why: "successful probes are not counted"
  },
  {
    name: "circuit-closes-after-one",
    invariant: 20,
    file,
    find: "return successes >= settings.successes ?",
    replace: "return successes >= 1 ?",
    why: "the first successful probe closes it, however many are asked for"
  },
  {
    name: "circuit-closes-by-failure",
    invariant: 20,
    file,
    find: "return open(state.epoch + 1, state.openings + 1, settings, now, random)",
    replace: "return closed(state.epoch + 1)",
    why: "a failed probe closes it"
  },
  {
    name: "circuit-never-opens",
    invariant: 20,
    file,
    find: "return consecutive >= settings.threshold ||",
    replace: "return",
    why: "failures in a row do not open it"
  },
  {
    name: "circuit-success-forgotten",
    invariant: 20,
    file,
    find: 'return { _tag: "Closed", epoch: state.epoch, consecutive: 0, window }',
    replace: 'return { _tag: "Closed", epoch: state.epoch, consecutive: state.consecutive, window }',
    why: "a success between failures does not end their row"
  },
  {
    name: "circuit-opens-for-ever-longer",
    invariant: 39,
    file,
    find: "capMillis: openCapMillis, jitter }",
    replace: "capMillis: Infinity, jitter }",
    why: "the opening time grows without its cap"
  },
  {
    name: "circuit-old-epoch-counts",
    invariant: 23,
    file,
    find: "if (permit.epoch !== state.epoch) return state",
    replace: "",
    why: "a result that comes after the state has moved on is counted"
  },
  {
    name: "circuit-probe-without-epoch",
    invariant: 23,
    file,
    find: ": probe(state.epoch + 1, state.openings, state.successes)",
    replace: ": probe(state.epoch, state.openings, state.successes)",
    why: "a second probe has the epoch of the first, whose late result ends it"
  },
  {
    name: "circuit-ignored-counts",
    invariant: 24,
    file,
    find: 'if (result === "ignored") return state\n',
    replace: "\n",
    why: "what says nothing about health counts as a failure"
  },
  {
    name: "circuit-ignored-probe-kept",
    invariant: 25,
    file,
    find: 'return { ...state, probing: false }\n    case "failure"',
    replace: 'return state\n    case "failure"',
    why: "a probe that says nothing keeps its permit for ever"
  },
  {
    name: "circuit-release-forgotten",
    invariant: 25,
    file,
    find: "state.epoch === permit.epoch ? { ...state, probing: false } : state",
    replace: "state.epoch === permit.epoch ? state : state",
    why: "the permit of an interrupted probe does not come back"
  },
  {
    name: "window-tumbles",
    invariant: 20,
    file: "src/machine/FailureWindow.ts",
    find: "const oldest = startedAt - (bucketCount - 1) * bucketMillis",
    replace: "const oldest = startedAt",
    why: "the failure rate looks at one bucket instead of the sliding window"
  },
  {
    name: "window-never-slides",
    invariant: 20,
    file: "src/machine/FailureWindow.ts",
    find: "const oldest = startedAt - (bucketCount - 1) * bucketMillis",
    replace: "const oldest = -Infinity",
    why: "failures of long ago count for ever"
  },
  {
    name: "permit-kept-on-reply",
    invariant: 25,
    file: "src/backend/InFlight.ts",
    find: "this.#permits.giveBack(entry, verdict(reply))",
    replace: 'if (reply._tag === "Result") this.#permits.giveBack(entry, verdict(reply))',
    why: "a call that ends with an error keeps its permit and its room"
  },
  {
    name: "permit-kept-on-cancel",
    invariant: 25,
    file: "src/backend/InFlight.ts",
    find: 'this.#permits.giveBack(entry, "ignored")\n    this.#end(entry, { _tag: "Cancelled"',
    replace: 'this.#end(entry, { _tag: "Cancelled"',
    why: "a cancelled call keeps its permit and its room"
  },
  {
    name: "permit-kept-on-deadline",
    invariant: 25,
    file: "src/backend/InFlight.ts",
    find: 'this.#permits.giveBack(entry, away ? "ignored" : "failure")',
    replace: "",
    why: "a call that ran into its deadline keeps its permit and its room"
  },
  {
    name: "permit-kept-on-loss",
    invariant: 25,
    file: "src/backend/InFlight.ts",
    find: "if (alone === undefined) this.#permits.giveBackLost(entry)\n    else",
    replace: "if (alone !== undefined)",
    why: "calls that a crash takes with it keep their permits and their room"
  },
  {
    name: "permit-given-back-twice",
    invariant: 25,
    file: "src/backend/Permits.ts",
    find: "entry.permit = undefined\n    this.#out--",
    replace: "this.#out--",
    why: "a call that is retried or ends late gives its room back once more"
  },
  {
    name: "crash-counts-each-call",
    invariant: 24,
    file: "src/backend/Permits.ts",
    find: "const counts = !this.#lossCounted &&",
    replace: "const counts =",
    why: "one crash is as many failures as it takes calls with it, and opens the circuit by itself"
  },
  {
    name: "cancel-counts-as-failure",
    invariant: 24,
    file: "src/backend/InFlight.ts",
    find: 'this.#permits.giveBack(entry, "ignored")\n    this.#end(entry, { _tag: "Cancelled"',
    replace: 'this.#permits.giveBack(entry, "failure")\n    this.#end(entry, { _tag: "Cancelled"',
    why: "clients that cancel open the circuit"
  },
  {
    name: "errors-count-as-failures",
    invariant: 24,
    file: "src/backend/CallEnd.ts",
    find: 'return reply.code === jsonRpcCodes.internalError ? "failure" : "ignored"',
    replace: 'return "failure"',
    why: "a backend that refuses wrong parameters opens its circuit"
  },
  {
    name: "circuit-shared",
    invariant: 15,
    file: "src/backend/Permits.ts",
    find: "  #circuit: Circuit.CircuitState = Circuit.initial\n",
    replace: `  static readonly shared = new WeakMap<object, Circuit.CircuitState>()
  get #circuit(): Circuit.CircuitState {
    return Permits.shared.get(this.#context.seal) ?? Circuit.initial
  }
  set #circuit(state: Circuit.CircuitState) {
    Permits.shared.set(this.#context.seal, state)
  }
`,
    why: "all backends have one circuit: the failures of one close the way to the others"
  }
]
