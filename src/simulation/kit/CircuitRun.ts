import { isDeepStrictEqual } from "node:util"
import type { Breaker, Phase } from "../../machine/Circuit.ts"
import { brokenWords, frozen, thrownWords, type Broken } from "./Broken.ts"
import type { CircuitHistory, CircuitStep } from "./CircuitHistory.ts"
import { words } from "./Millis.ts"
import type { StateAt } from "./StateSize.ts"

/** A permit that a step gave or took back. */
export interface PermitUse {
  /** Counted from 1 in the order they were given. */
  readonly number: number
  /** The circuit changed its phase while it was out. */
  readonly isOfEarlierPhase: boolean
}

/** One step as it went. Times are milliseconds since the first. */
export interface CircuitMove {
  readonly step: CircuitStep
  readonly now: number
  readonly before: Phase
  readonly after: Phase
  /** Whether the state is another than before, in any part. */
  readonly isChanged: boolean
  /** Of an `Admit`: whether it was. */
  readonly isAdmitted: boolean
  /** The permit given or given back. */
  readonly permit: PermitUse | undefined
  /** Permits of the present phase that were out before the step. */
  readonly out: number
}

/** What a circuit did: what laws about circuits are checked on. */
export interface CircuitRun {
  readonly moves: ReadonlyArray<CircuitMove>
  /** The circuit threw, or answered what means nothing; `moves` are those before. */
  readonly broken?: Broken | undefined
  /** What the circuit remembered, in the order it did. */
  readonly states?: ReadonlyArray<StateAt> | undefined
  /** The same history once more, from the beginning. */
  readonly again: () => CircuitRun
  /** Goes on to where all permits are back and nothing fails: so many calls, each after a wait. */
  readonly calmed: (calls: number, waitMillis: number) => Calmed
}

/** Where a circuit is when faults have stopped. */
export interface Calmed {
  readonly phase: Phase
  /** Calls that were refused on the way. */
  readonly refused: number
}

/** A permit that is out. */
interface Held<P> {
  readonly permit: P
  readonly number: number
  /** Which phase it was given in, counted. */
  readonly stay: number
}

/**
 * Plays a history to a circuit, without waiting; it ends early where the circuit breaks. `originMillis` is what the
 * circuit's clock says at first; the times of the run are counted from there.
 */
export const playCircuit = <S, P>(breaker: Breaker<S, P>, history: CircuitHistory, originMillis = 0): CircuitRun => {
  const player = new Player(breaker, originMillis)
  const moves: Array<CircuitMove> = []
  let broken: Broken | undefined
  try {
    for (const step of history) moves.push(player.play(step))
  } catch (cause) {
    const at = moves.at(-1)?.now ?? 0
    broken =
      cause instanceof Unsound ? { at, what: cause.message } : { at, what: `it throws ${thrownWords(cause)}`, cause }
  }
  return {
    moves,
    broken,
    states: player.states,
    again: () => playCircuit(breaker, history, originMillis),
    calmed: (calls, waitMillis) => player.copy().calm(calls, waitMillis)
  }
}

/** A circuit answered what means nothing. */
class Unsound extends Error {}

const phases: ReadonlySet<unknown> = new Set<Phase>(["Closed", "Open", "HalfOpen", "Isolated"])
const admissions: ReadonlySet<unknown> = new Set(["Admitted", "Refused"])

class Player<S, P> {
  readonly states: Array<StateAt> = []
  readonly #breaker: Breaker<S, P>
  readonly #originMillis: number
  #state: S
  #now = 0
  #stay = 0
  #given = 0
  #held: ReadonlyArray<Held<P>> = []

  constructor(breaker: Breaker<S, P>, originMillis: number) {
    this.#breaker = breaker
    this.#originMillis = originMillis
    this.#state = frozen(breaker.initial)
  }

  /** One that goes on from here by itself. */
  copy(): Player<S, P> {
    const copy = new Player(this.#breaker, this.#originMillis)
    copy.#state = this.#state
    copy.#now = this.#now
    copy.#stay = this.#stay
    copy.#given = this.#given
    copy.#held = this.#held
    return copy
  }

  play(step: CircuitStep): CircuitMove {
    const [state, before] = [this.#state, this.#phase()]
    const out = this.#held.filter(({ stay }) => stay === this.#stay).length
    const permit = this.#carryOut(step)
    const isChanged = !isDeepStrictEqual(state, this.#state)
    const isAdmitted = step._tag === "Admit" && permit !== undefined
    return { step, now: this.#now, before, after: this.#phase(), isChanged, isAdmitted, permit, out }
  }

  calm(calls: number, waitMillis: number): Calmed {
    let refused = 0
    this.play({ _tag: "Restore" })
    while (this.#held.length > 0) this.play({ _tag: "Release", pick: 0 })
    for (let call = 0; call < calls; call++) {
      this.play({ _tag: "Wait", millis: waitMillis })
      if (!this.play({ _tag: "Admit" }).isAdmitted) refused++
      this.play({ _tag: "Record", pick: 0, result: "success", random: 0.5 })
    }
    return { phase: this.#phase(), refused }
  }

  #carryOut(step: CircuitStep): PermitUse | undefined {
    const breaker = this.#breaker
    switch (step._tag) {
      case "Wait":
        this.#now += step.millis
        return undefined
      case "Admit":
        return this.#admit()
      case "Record":
        return this.#takeBack(step.pick, (permit) =>
          breaker.record(this.#state, permit, step.result, this.#told, step.random)
        )
      case "Release":
        return this.#takeBack(step.pick, (permit) => breaker.release(this.#state, permit))
      case "Isolate":
        return void this.#goTo(breaker.isolate(this.#state))
      case "Restore":
        return void this.#goTo(breaker.restore(this.#state))
    }
  }

  #admit(): PermitUse | undefined {
    const admission = this.#breaker.admit(this.#state, this.#told)
    if (!admissions.has(admission._tag)) throw new Unsound(`admit answers neither Admitted nor Refused`)
    // First, because a permit that takes the circuit to half-open is one of half-open.
    this.#goTo(admission.state)
    if (admission._tag === "Refused") return undefined
    const number = ++this.#given
    this.#held = [...this.#held, { permit: admission.permit, number, stay: this.#stay }]
    return { number, isOfEarlierPhase: false }
  }

  #takeBack(pick: number, next: (permit: P) => S): PermitUse | undefined {
    const index = this.#held.length - 1 - (pick % Math.max(1, this.#held.length))
    const held = this.#held[index]
    if (held === undefined) return undefined
    this.#held = this.#held.toSpliced(index, 1)
    const isOfEarlierPhase = held.stay < this.#stay
    this.#goTo(next(held.permit))
    return { number: held.number, isOfEarlierPhase }
  }

  #goTo(state: S): void {
    const before = this.#phase()
    this.states.push({ at: this.#now, state })
    this.#state = frozen(state)
    if (this.#phase() !== before) this.#stay++
  }

  /** What the circuit's clock says. */
  get #told(): number {
    return this.#originMillis + this.#now
  }

  #phase(): Phase {
    const phase = this.#breaker.phase(this.#state)
    if (!phases.has(phase)) throw new Unsound(`phase answers ${String(phase)}, which is none`)
    return phase
  }
}

/** A run for people, one line a step. */
export const circuitLines = ({ broken, moves }: CircuitRun): ReadonlyArray<string> => [
  ...moves.map((move, index) => {
    const became = move.before === move.after ? `still ${move.after}` : `${move.before} > ${move.after}`
    return `${index + 1}. at ${words(move.now)} ${stepWords(move)}: ${became}`
  }),
  ...(broken === undefined ? [] : [`${moves.length + 1}. ${brokenWords(broken)}`])
]

const stepWords = ({ isAdmitted, permit, step }: CircuitMove): string => {
  const which = permit === undefined ? "nothing" : `permit ${permit.number}`
  switch (step._tag) {
    case "Wait":
      return `after a wait of ${words(step.millis)}`
    case "Admit":
      return isAdmitted ? `a call gets ${which}` : "a call is refused"
    case "Record":
      return `${which} comes back with ${step.result}${step.random === 0.5 ? "" : ` (random: ${step.random})`}`
    case "Release":
      return `${which} is released`
    case "Isolate":
      return "it is isolated by hand"
    case "Restore":
      return "it is restored by hand"
  }
}
