import { assert, describe, it } from "@effect/vitest"
import * as fc from "fast-check"
import { FairQueue, type Owner } from "../../src/machine/FairQueue.ts"
import { holds } from "../fixtures/property.ts"

interface Item {
  readonly serial: number
  readonly owner: Owner
  readonly mayGo: boolean
}

const principals = ["ada", "eve", "bob", "kim"]
// The same names at every principal.
const sessions = ["one", "two", "ada"]

const owner = fc.record({ principal: fc.constantFrom(...principals), session: fc.constantFrom(...sessions) })

const isOf =
  ({ principal, session }: Owner) =>
  (item: Item) =>
    item.owner.principal === principal && item.owner.session === session

/** The same with one list of all that waits, and the names in the order of their turns. */
class Model {
  waiting: ReadonlyArray<Item> = []
  #principals: ReadonlyArray<string> = []
  #sessions: ReadonlyArray<Owner> = []

  push(item: Item): void {
    this.waiting = [...this.waiting, item]
    const { principal } = item.owner
    if (!this.#principals.includes(principal)) this.#principals = [...this.#principals, principal]
    if (!this.#sessions.some((each) => isOf(each)(item))) this.#sessions = [...this.#sessions, item.owner]
  }

  shift(): Item | undefined {
    const [turn] = this.#principals
    const session = this.#sessions.find(({ principal }) => principal === turn)
    const item = session && this.waiting.find(isOf(session))
    if (item === undefined || session === undefined) return undefined
    this.#principals = [...this.#principals.slice(1), session.principal]
    this.#sessions = [...this.#sessions.filter((each) => each !== session), session]
    this.remove(item)
    return item
  }

  remove(item: Item): boolean {
    const isIn = this.waiting.includes(item)
    this.waiting = this.waiting.filter((each) => each !== item)
    this.#principals = this.#principals.filter((name) => this.waiting.some(({ owner }) => owner.principal === name))
    this.#sessions = this.#sessions.filter((each) => this.waiting.some(isOf(each)))
    return isIn
  }

  displace(newcomer: Owner): Item | undefined {
    const ofPrincipal = (name: string) => this.waiting.filter(({ owner }) => owner.principal === name).length
    const ofSession = (each: Owner) => this.waiting.filter(isOf(each)).length
    const others = this.#principals.filter((name) => ofPrincipal(name) > ofPrincipal(newcomer.principal) + 1)
    const beside = this.#sessions.filter(
      (each) => each.principal === newcomer.principal && ofSession(each) > ofSession(newcomer) + 1
    )
    const lanes = [
      ...byWeight(others, ofPrincipal).flatMap((name) =>
        byWeight(
          this.#sessions.filter(({ principal }) => principal === name),
          ofSession
        )
      ),
      ...byWeight(beside, ofSession)
    ]
    const item = lanes.flatMap((each) =>
      this.waiting
        .filter(isOf(each))
        .filter(({ mayGo }) => mayGo)
        .slice(-1)
    )[0]
    if (item !== undefined) this.remove(item)
    return item
  }
}

const byWeight = <A>(all: ReadonlyArray<A>, weigh: (one: A) => number): ReadonlyArray<A> =>
  all.toSorted((one, other) => weigh(other) - weigh(one))

type Step =
  | { readonly _tag: "Push"; readonly owner: Owner; readonly mayGo: boolean; readonly times: number }
  | { readonly _tag: "Shift" }
  | { readonly _tag: "Remove"; readonly which: number }
  | { readonly _tag: "Displace"; readonly owner: Owner }

// Some of what waits was sent before, and can't go; often it is most of what one has put in.
const mayGo = fc.boolean()

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({ _tag: fc.constant("Push" as const), owner, mayGo, times: fc.integer({ min: 1, max: 6 }) })
  },
  { weight: 9, arbitrary: fc.record({ _tag: fc.constant("Shift" as const) }) },
  { weight: 1, arbitrary: fc.record({ _tag: fc.constant("Remove" as const), which: fc.nat() }) },
  { weight: 4, arbitrary: fc.record({ _tag: fc.constant("Displace" as const), owner }) }
)

const any = (): boolean => true

const filled = (owners: ReadonlyArray<Owner>): FairQueue<Item> => {
  const queue = new FairQueue<Item>()
  for (const [serial, each] of owners.entries()) queue.push(each, { serial, owner: each, mayGo: true })
  return queue
}

describe("FairQueue", () => {
  it("INV-42 does what a plain list with names in the order of their turns does", () => {
    const seen = { displaced: 0, refused: 0 }
    holds(
      fc.array(step, { maxLength: 60, size: "max" }),
      (steps) => {
        const [queue, model] = [new FairQueue<Item>(), new Model()]
        const all: Array<Item> = []
        for (const each of steps) {
          if (each._tag === "Push") {
            for (let time = 0; time < each.times; time++) {
              const item = { serial: all.length, owner: each.owner, mayGo: each.mayGo }
              all.push(item)
              queue.push(each.owner, item)
              model.push(item)
            }
          } else if (each._tag === "Shift") {
            assert.strictEqual(queue.shift(), model.shift())
          } else if (each._tag === "Remove") {
            const item = all[each.which % Math.max(1, all.length)]
            if (item !== undefined) assert.strictEqual(queue.remove(item.owner, item), model.remove(item))
          } else {
            const displaced = queue.displace(each.owner, ({ mayGo }) => mayGo)
            assert.strictEqual(displaced, model.displace(each.owner))
            seen[displaced === undefined ? "refused" : "displaced"]++
          }
          assert.strictEqual(queue.size, model.waiting.length)
        }
        for (const item of queue.takeAll()) assert.strictEqual(item, model.shift())
        assert.isEmpty(model.waiting)
        assert.strictEqual(queue.size, 0)
      },
      300,
      1
    )
    assert.isAbove(seen.displaced, 100)
    assert.isAbove(seen.refused, 100)
  })

  it("INV-42 gives whoever waits a turn within one round, however much others put in meanwhile", () =>
    holds(
      fc.tuple(fc.array(owner, { maxLength: 60 }), owner, fc.array(owner, { minLength: 24, maxLength: 24 })),
      ([before, latest, others]) => {
        const queue = filled(before.filter((each) => !isOf(latest)({ serial: 0, owner: each, mayGo: true })))
        const last = { serial: -1, owner: latest, mayGo: true }
        queue.push(latest, last)
        for (const [at, other] of others.entries()) {
          queue.push(other, { serial: 1_000 + at, owner: other, mayGo: true })
          if (queue.shift() === last) return assert.isBelow(at, principals.length * sessions.length)
        }
        assert.fail("it had no turn")
      }
    ))

  it("INV-42 lets a newcomer in beside whoever has two more, never the other way round, and comes to an end", () =>
    holds(
      fc.tuple(fc.array(owner, { minLength: 1, maxLength: 24 }), fc.array(owner, { minLength: 200, maxLength: 200 })),
      ([places, newcomers]) => {
        const queue = filled(places)
        let waiting = places.map((each, serial): Item => ({ serial, owner: each, mayGo: true }))
        let displacements = 0
        for (const [at, newcomer] of newcomers.entries()) {
          const ofPrincipal = (name: string) => waiting.filter((item) => item.owner.principal === name).length
          const most = Math.max(...principals.map(ofPrincipal))
          const given = queue.displace(newcomer, any)
          if (given === undefined) {
            assert.isAtMost(most, ofPrincipal(newcomer.principal) + 1)
            continue
          }
          displacements++
          const item = { serial: 1_000 + at, owner: newcomer, mayGo: true }
          queue.push(newcomer, item)
          waiting = [...waiting.filter(({ serial }) => serial !== given.serial), item]
          assert.isAtLeast(ofPrincipal(given.owner.principal), ofPrincipal(newcomer.principal))
        }
        assert.isBelow(displacements, places.length * 2, "they throw each other out for ever")
      }
    ))

  it("INV-42 lets a newcomer in wherever somebody has two more, and one among them that may go", () => {
    const seen = { displaced: 0, refused: 0 }
    const waits = fc.record({ owner, times: fc.integer({ min: 1, max: 5 }), mayGo })
    const cases = fc.tuple(fc.array(waits, { minLength: 1, maxLength: 8 }), owner)
    holds(
      cases,
      ([groups, newcomer]) => {
        const queue = new FairQueue<Item>()
        const all = groups.flatMap(({ times, ...each }) => Array.from({ length: times }, () => each))
        const waiting = all.map((each, serial): Item => ({ serial, ...each }))
        for (const item of waiting) queue.push(item.owner, item)
        const ofPrincipal = (name: string) => waiting.filter((item) => item.owner.principal === name).length
        const ofSession = (each: Owner) => waiting.filter(isOf(each)).length
        const hasTwoMore = (of: Owner) =>
          of.principal === newcomer.principal
            ? ofSession(of) > ofSession(newcomer) + 1
            : ofPrincipal(of.principal) > ofPrincipal(newcomer.principal) + 1
        const could = waiting.filter((item) => item.mayGo && hasTwoMore(item.owner))
        const given = queue.displace(newcomer, (item) => item.mayGo)
        assert.strictEqual(given !== undefined, could.length > 0)
        if (given !== undefined) assert.include(could, given)
        seen[given === undefined ? "refused" : "displaced"]++
      },
      300,
      1
    )
    assert.isAbove(Math.min(seen.displaced, seen.refused), 10)
  })

  it.each([
    ["another principal's", { principal: "eve", session: "one" }, { principal: "bob", session: "one" }],
    [
      "another session's of the same principal",
      { principal: "eve", session: "one" },
      { principal: "eve", session: "two" }
    ]
  ])("passes over who has most but nothing that may go: %s gives way", (_, greediest, next) => {
    const queue = new FairQueue<Item>()
    for (const serial of [0, 1, 2, 3]) queue.push(greediest, { serial, owner: greediest, mayGo: false })
    for (const serial of [4, 5, 6]) queue.push(next, { serial, owner: next, mayGo: true })
    assert.strictEqual(queue.displace({ principal: "ada", session: "one" }, ({ mayGo }) => mayGo)?.serial, 6)
  })

  it("leaves whoever may not go, and then the newcomer has to", () => {
    const queue = new FairQueue<Item>()
    const ada = { principal: "ada", session: "one" }
    for (const [serial, mayGo] of [false, true, false].entries()) queue.push(ada, { serial, owner: ada, mayGo })
    const newcomer = { principal: "eve", session: "one" }
    assert.strictEqual(queue.displace(newcomer, ({ mayGo }) => mayGo)?.serial, 1)
    assert.isUndefined(queue.displace(newcomer, ({ mayGo }) => mayGo))
    assert.strictEqual(queue.size, 2)
  })
})
