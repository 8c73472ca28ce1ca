import { Cells } from "./Cells.ts"

/** Whose something is. Sessions are told apart within their principal only. */
export interface Owner {
  readonly principal: string
  readonly session: string
}

/** What one principal has waiting, by session; the session whose turn is next comes first. */
interface Waiting<T extends object> {
  size: number
  readonly sessions: Cells<string, Array<T>>
}

/**
 * What waits, by whose it is. Turns go round the principals, and those of one principal round its sessions: so whoever
 * has something waiting has a turn within one round, however much the others have put in. What one session has put in
 * keeps its order.
 *
 * Mutable, as `DeadlineHeap` is, and for the same reason. It has no bound of its own: its owner has, and at the bound
 * may let somebody give way to a newcomer.
 */
export class FairQueue<T extends object> {
  /** The principal whose turn is next comes first. */
  readonly #principals = new Cells<string, Waiting<T>>()
  #size = 0

  get size(): number {
    return this.#size
  }

  /** Puts something in, as the last of its session. */
  push({ principal, session }: Owner, item: T): void {
    const waiting = this.#principals.get(principal) ?? { size: 0, sessions: new Cells<string, Array<T>>() }
    if (waiting.size === 0) this.#principals.set(principal, waiting)
    const lane = waiting.sessions.get(session)
    if (lane === undefined) waiting.sessions.set(session, [item])
    else lane.push(item)
    waiting.size++
    this.#size++
  }

  /** Takes out what has its turn; `undefined`: nothing waits. */
  shift(): T | undefined {
    const turn = first(this.#principals)
    const turnWithin = turn && first(turn.value.sessions)
    if (turn === undefined || turnWithin === undefined) return undefined
    const { value: waiting } = turn
    const { value: lane } = turnWithin
    const item = lane.shift()
    waiting.size--
    // Both have had their turn.
    goBehind(waiting.sessions, turnWithin, lane.length > 0)
    goBehind(this.#principals, turn, waiting.size > 0)
    this.#size--
    return item
  }

  /** Takes out all that waits, in the order of its turns. */
  takeAll(): ReadonlyArray<T> {
    const all: Array<T> = []
    for (let item = this.shift(); item !== undefined; item = this.shift()) all.push(item)
    return all
  }

  /** Takes something out that waits no longer; false: it did not. */
  remove({ principal, session }: Owner, item: T): boolean {
    const waiting = this.#principals.get(principal)
    const lane = waiting?.sessions.get(session)
    const at = lane?.indexOf(item) ?? -1
    if (waiting === undefined || lane === undefined || at < 0) return false
    lane.splice(at, 1)
    if (lane.length === 0) waiting.sessions.delete(session)
    if (--waiting.size === 0) this.#principals.delete(principal)
    this.#size--
    return true
  }

  /**
   * Takes out what gives way to one more of `newcomer` when there is no room for both: the newest that `mayGo` of
   * whoever has most waiting. Principals are compared first, then the sessions of the newcomer's own. Who has nothing
   * that may go is passed over for who has next most. Whoever gives way still has no less than the newcomer afterwards,
   * or two would throw each other out in turns. `undefined`: nobody does, and it is the newcomer who asks for too much.
   */
  displace(newcomer: Owner, mayGo: (item: T) => boolean): T | undefined {
    const own = this.#principals.get(newcomer.principal)
    for (const principal of greediest(this.#principals, ({ size }) => size, (own?.size ?? 0) + 1)) {
      const item = this.#takeNewest(principal, mayGo, 0)
      if (item !== undefined) return item
    }
    if (own === undefined) return undefined
    const beside = own.sessions.get(newcomer.session)?.length ?? 0
    return this.#takeNewest({ key: newcomer.principal, value: own }, mayGo, beside + 1)
  }

  /** The newest that may go of the greediest session of a principal with more than `above`. */
  #takeNewest(
    { key: principal, value }: Member<Waiting<T>>,
    mayGo: (item: T) => boolean,
    above: number
  ): T | undefined {
    for (const { key: session, value: lane } of greediest(value.sessions, ({ length }) => length, above)) {
      const item = lane.findLast(mayGo)
      if (item === undefined) continue
      this.remove({ principal, session }, item)
      return item
    }
    return undefined
  }
}

interface Member<V> {
  readonly key: string
  readonly value: V
}

const first = <V extends object>(cells: Cells<string, V>): Member<V> | undefined => {
  for (const key of cells.keys()) {
    const value = cells.get(key)
    if (value !== undefined) return { key, value }
  }
  return undefined
}

/** The first becomes the last, or goes altogether. */
const goBehind = <V extends object>(cells: Cells<string, V>, { key, value }: Member<V>, stays: boolean): void => {
  if (stays && cells.size === 1) return
  cells.delete(key)
  if (stays) cells.set(key, value)
}

/**
 * Those of a weight above `above`, the greatest first; of equals the one whose turn is next. The first is nearly always
 * the one, so the others are put in order only when they are asked for.
 */
function* greediest<V extends object>(
  cells: Cells<string, V>,
  weigh: (value: V) => number,
  above: number
): Generator<Member<V>> {
  const most = largest(cells, weigh)
  if (most === undefined || weigh(most.value) <= above) return
  yield most
  const others = [...cells.keys()].flatMap((key) => {
    const value = cells.get(key)
    return value === undefined || key === most.key || weigh(value) <= above ? [] : [{ key, value }]
  })
  yield* others.sort((one, other) => weigh(other.value) - weigh(one.value))
}

/** The first of those of the greatest weight. */
const largest = <V extends object>(cells: Cells<string, V>, weigh: (value: V) => number): Member<V> | undefined => {
  let found: Member<V> | undefined
  let most = 0
  for (const key of cells.keys()) {
    const value = cells.get(key)
    const weight = value === undefined ? 0 : weigh(value)
    if (value === undefined || weight <= most) continue
    found = { key, value }
    most = weight
  }
  return found
}
