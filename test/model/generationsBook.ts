import assert from "node:assert/strict"
import type { GenerationReport, GenerationSettings } from "../../src/kernel/Generation.ts"

/** What is built: open until its finalizer has ended. */
export interface Built {
  isOpen: boolean
}

/** How a build goes. */
export interface Plan {
  readonly buildMillis: number
  readonly end: "succeeds" | "fails" | "dies"
  /** Infinity: its finalizer never ends. */
  readonly finalizerMillis: number
}

/** A replacement that was asked for. */
export interface Swap {
  readonly plan: Plan
  state: "waiting" | "building" | "ended"
  number: number
  startedAt: number
  /** When its build was interrupted, or would be over. */
  overAt: number
  isPublished: boolean
}

/** A generation that was built whole. */
export interface Held {
  readonly number: number
  readonly built: Built
  readonly finalizerMillis: number
  /** Calls that hold it. */
  pins: number
  replacedAt: number | undefined
  /** When the last call let go of it, or when it was replaced if there was none. */
  freedAt: number | undefined
}

/**
 * What each generation's own times say: by them alone is it open or not. It is told of builds and reports as they come,
 * and knows of all swaps in the order they were asked for.
 */
export class GenerationsBook {
  readonly settings: GenerationSettings
  readonly swaps: Array<Swap> = []
  readonly all: Array<Held> = []
  current: Held
  isClosed = false
  #builds = 1

  constructor(settings: GenerationSettings, first: Built, finalizerMillis: number) {
    this.settings = settings
    this.current = this.#add(1, first, finalizerMillis)
  }

  hold(): Held {
    this.current.pins++
    return this.current
  }

  letGo(held: Held, now: number): void {
    held.pins--
    if (held.pins === 0 && held.replacedAt !== undefined) held.freedAt ??= now
  }

  ask(plan: Plan): Swap {
    const swap: Swap = {
      plan,
      state: "waiting",
      number: 0,
      startedAt: Infinity,
      overAt: Infinity,
      isPublished: false
    }
    this.swaps.push(swap)
    return swap
  }

  /** A swap that waits is gone; a build that runs is over; one that is being cleaned up is not to be interrupted. */
  interrupt(swap: Swap, now: number): void {
    if (swap.state === "waiting") swap.state = "ended"
    if (swap.state === "building") swap.overAt = Math.min(swap.overAt, now)
  }

  /** Everything is replaced by nothing. */
  close(now: number): void {
    this.isClosed = true
    replace(this.current, now)
  }

  onBuild(swap: Swap, now: number): void {
    const earlier = this.swaps.slice(0, this.swaps.indexOf(swap))
    assert.ok(
      earlier.every(({ state }) => state === "ended"),
      "swaps run one after another, as they were asked for"
    )
    assert.ok(this.draining(now) < this.settings.draining, "INV-32: built before there was room")
    swap.state = "building"
    swap.number = ++this.#builds
    swap.startedAt = now
    swap.overAt = now + swap.plan.buildMillis
  }

  /** It was built whole. After the end it is closed at once; before, `Published` follows. */
  onBuilt(swap: Swap, built: Built, now: number): void {
    assert.equal(now, swap.startedAt + swap.plan.buildMillis)
    const held = this.#add(swap.number, built, swap.plan.finalizerMillis)
    if (!this.isClosed) return
    replace(held, now)
    swap.state = "ended"
  }

  onReport(report: GenerationReport, now: number): void {
    switch (report._tag) {
      case "Published":
        return this.#published(report.generation, now)
      case "BuildFailed":
        return this.#failed(report.generation, now)
      case "Closed":
        return this.#closed(report, now)
    }
  }

  /** Replaced generations that are not closed yet. */
  draining(now: number): number {
    return this.all.filter((held) => held.replacedAt !== undefined && now < this.goneAt(held)).length
  }

  isOpen(held: Held, now: number): boolean {
    return now < this.#beginsToClose(held) + held.finalizerMillis
  }

  /** When it counts no more: its finalizer has ended, or is left to itself. */
  goneAt(held: Held): number {
    return this.#beginsToClose(held) + Math.min(held.finalizerMillis, this.settings.closeMillis)
  }

  #published(number: number, now: number): void {
    if (number === 1) return
    const swap = this.swaps.find((each) => each.number === number)
    const held = this.all.find((each) => each.number === number)
    assert.ok(swap !== undefined && held !== undefined, "published what was not built")
    assert.equal(swap.state, "building")
    assert.equal(now, swap.startedAt + swap.plan.buildMillis, "published as soon as it is built")
    swap.state = "ended"
    swap.isPublished = true
    replace(this.current, now)
    this.current = held
  }

  #failed(number: number, now: number): void {
    const swap = this.swaps.find((each) => each.number === number)
    if (swap === undefined) return assert.fail("INV-27: a build failed that nobody asked for")
    const { finalizerMillis } = swap.plan
    assert.equal(now, swap.overAt + Math.min(finalizerMillis, this.settings.closeMillis), "INV-27: cleaned up first")
    swap.state = "ended"
  }

  #closed({ generation, inTime, pins }: Extract<GenerationReport, { readonly _tag: "Closed" }>, now: number): void {
    const held = this.all.find(({ number }) => number === generation)
    assert.ok(held?.replacedAt !== undefined, "INV-26: closed a generation that is current")
    assert.equal(now, this.goneAt(held), "when it closes")
    const { closeMillis, drainMillis } = this.settings
    const isFree = held.freedAt !== undefined && held.freedAt < held.replacedAt + drainMillis
    assert.equal(pins === 0, isFree, "the calls it was closed under")
    if (held.finalizerMillis !== closeMillis) assert.equal(inTime, held.finalizerMillis < closeMillis, "closed in time")
  }

  /** INV-26: not before its calls have let go of it, or the bound for them has passed. */
  #beginsToClose({ freedAt, replacedAt }: Held): number {
    if (replacedAt === undefined) return Infinity
    return Math.min(freedAt ?? Infinity, replacedAt + this.settings.drainMillis)
  }

  #add(number: number, built: Built, finalizerMillis: number): Held {
    const held: Held = { number, built, finalizerMillis, pins: 0, replacedAt: undefined, freedAt: undefined }
    this.all.push(held)
    return held
  }
}

const replace = (held: Held, now: number): void => {
  held.replacedAt = now
  if (held.pins === 0) held.freedAt = now
}
