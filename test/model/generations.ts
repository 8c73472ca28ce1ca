import assert from "node:assert/strict"
import * as Exit from "effect/Exit"
import type * as Fiber from "effect/Fiber"
import * as fc from "fast-check"
import { generationDefaults, type GenerationSettings } from "../../src/kernel/Generation.ts"
import { GenerationsBook, type Built, type Held, type Plan, type Swap } from "./generationsBook.ts"
import { RealGenerations, type Hold } from "./generationsReal.ts"
import { command, modelOf } from "./sequences.ts"

interface Stage {
  readonly kernel: RealGenerations
  readonly reached: Set<string>
  readonly holds: Array<{ readonly hold: Hold; readonly held: Held }>
  readonly ended: Array<Hold>
  readonly swaps: Map<Swap, Fiber.Fiber<number, string>>
  closing: { readonly fiber: Fiber.Fiber<void>; readonly before: ReadonlyArray<Held> } | undefined
  /** What the book had to say against something that was told to it. */
  readonly problems: Array<unknown>
}

const named = (
  name: string,
  run: (book: GenerationsBook, stage: Stage) => void,
  fits?: (book: Readonly<GenerationsBook>) => boolean
) =>
  command<GenerationsBook, Stage>(
    name,
    (book, stage) => {
      run(book, stage)
      stage.kernel.pass(0)
      verify(book, stage)
    },
    fits
  )

const verify = (book: GenerationsBook, { closing, holds, problems, reached, kernel, swaps }: Stage): void => {
  const { generations, time } = kernel
  for (const problem of problems) throw problem
  assert.equal(generations.current(), book.current.number, "INV-27: the current generation")
  assert.equal(generations.draining(), book.draining(time.now), "the generations that drain")
  for (const held of book.all) {
    assert.equal(held.built.isOpen, book.isOpen(held, time.now), `INV-26: generation ${held.number} is open`)
  }
  for (const { held, hold } of holds) assert.equal(hold.value, held.built, "INV-26: a call has one generation")
  for (const [swap, fiber] of swaps) {
    const exit = fiber.pollUnsafe()
    assert.equal(exit !== undefined, swap.state === "ended", `swap ${swap.number} has ended`)
    if (exit === undefined) continue
    const answer = Exit.isSuccess(exit) ? exit.value : undefined
    assert.equal(answer, swap.isPublished ? swap.number : undefined, "INV-27: what a swap answers")
  }
  const next = book.swaps.find(({ state }) => state !== "ended")
  const hasRoom = book.draining(time.now) < book.settings.draining
  assert.ok(next === undefined || next.state === "building" || !hasRoom, "a swap waits, though there is room")
  if (next?.state === "waiting") reached.add("a swap waits for room")
  if (closing === undefined) return
  const isClosed = closing.before.every((held) => time.now >= book.goneAt(held))
  assert.equal(closing.fiber.pollUnsafe() !== undefined, isClosed, "closed once all have drained")
}

const isOpen = (book: Readonly<GenerationsBook>) => !book.isClosed

const begin = (way: "pin" | "call") =>
  named(
    way,
    (book, { holds, kernel }) => {
      const held = book.hold()
      const hold = way === "pin" ? kernel.pin() : kernel.call()
      assert.ok(hold, "a call did not come to run")
      assert.equal(hold.generation, held.number)
      assert.equal(hold.value, held.built, "INV-26: it holds what is current")
      holds.push({ hold, held })
    },
    isOpen
  )

const end = (pick: number, way: "returns" | "fails" | "is interrupted") =>
  named(`hold ${pick} ${way}`, (book, { ended, holds, kernel, reached }) => {
    const [chosen] = holds.splice(pick % Math.max(1, holds.length), 1)
    if (chosen === undefined) return
    if (chosen.held !== book.current) reached.add("held over a swap")
    chosen.hold.end(way)
    book.letGo(chosen.held, kernel.time.now)
    ended.push(chosen.hold)
  })

const endAgain = (pick: number) =>
  named(`end ${pick} again`, (_, { ended }) => ended[pick % Math.max(1, ended.length)]?.end("returns"))

const swap = (plan: Plan) =>
  named(`swap: ${plan.buildMillis} ms, ${plan.end}, finalizer ${plan.finalizerMillis} ms`, (book, stage) => {
    const { kernel, problems, reached, swaps } = stage
    const asked = book.ask(plan)
    const note = (tell: () => void) => {
      try {
        tell()
      } catch (problem) {
        problems.push(problem)
      }
    }
    const onBuild = () => note(() => book.onBuild(asked, kernel.time.now))
    const onBuilt = (value: Built) => note(() => book.onBuilt(asked, value, kernel.time.now))
    swaps.set(asked, kernel.swap(plan, onBuild, onBuilt))
    reached.add(`${plan.end}${book.isClosed ? " after the end" : ""}`)
  })

const interruptSwap = (pick: number) =>
  named(`interrupt swap ${pick}`, (book, { kernel, reached, swaps }) => {
    const running = book.swaps.filter(({ state }) => state !== "ended")
    const chosen = running[pick % Math.max(1, running.length)]
    if (chosen === undefined) return
    reached.add(`interrupted while ${chosen.state}`)
    book.interrupt(chosen, kernel.time.now)
    swaps.get(chosen)?.interruptUnsafe()
  })

const wait = (millis: number) => named(`wait ${millis} ms`, (_, { kernel }) => kernel.pass(millis))

const close = named(
  "close",
  (book, stage) => {
    const { kernel } = stage
    book.close(kernel.time.now)
    const before = book.all.filter((held) => kernel.time.now < book.goneAt(held))
    stage.closing = { fiber: kernel.close(), before }
    assert.throws(() => kernel.pin(), /closed/, "to pin after the end is a defect")
    assert.equal(kernel.call(), undefined, "a call ran after the end")
  },
  isOpen
)

const pick = fc.nat({ max: 6 })
const finalizerMillis = fc.constantFrom(0, 0, 0, 0, 1, 7, 40, Infinity)
const plan: fc.Arbitrary<Plan> = fc.record({
  buildMillis: fc.constantFrom(0, 0, 0, 5, 100),
  end: fc.constantFrom("succeeds", "succeeds", "succeeds", "fails", "dies"),
  finalizerMillis
})

/** Generations against what each one's own times say. */
export const generations = modelOf<readonly [GenerationSettings, number], GenerationsBook, Stage>({
  name: "generations",
  invariants: [26, 27, 32],
  settings: fc.tuple(
    fc.oneof(
      {
        weight: 8,
        arbitrary: fc.record({
          drainMillis: fc.integer({ min: 1, max: 100 }),
          closeMillis: fc.integer({ min: 1, max: 50 }),
          draining: fc.integer({ min: 1, max: 4 })
        })
      },
      { weight: 1, arbitrary: fc.constant(generationDefaults) }
    ),
    finalizerMillis
  ),
  command: fc.oneof(
    { weight: 20, arbitrary: fc.constantFrom("pin", "call").map(begin) },
    {
      weight: 20,
      arbitrary: fc.tuple(pick, fc.constantFrom("returns", "fails", "is interrupted")).map((each) => end(...each))
    },
    { weight: 3, arbitrary: pick.map(endAgain) },
    { weight: 20, arbitrary: plan.map(swap) },
    { weight: 4, arbitrary: pick.map(interruptSwap) },
    {
      weight: 15,
      arbitrary: fc
        .oneof(fc.constantFrom(0, 1, 5), fc.integer({ min: 0, max: 150 }), fc.constantFrom(60_000, 1e9))
        .map(wait)
    },
    { weight: 1, arbitrary: fc.constant(close) }
  ),
  begin: ([settings, finalizer], reached) => {
    const kernel = new RealGenerations(settings, finalizer)
    const model = new GenerationsBook(settings, kernel.first, finalizer)
    const problems: Array<unknown> = []
    kernel.onReport = (report) => {
      try {
        model.onReport(report, kernel.time.now)
      } catch (problem) {
        problems.push(problem)
      }
    }
    return { model, real: { kernel, reached, holds: [], ended: [], swaps: new Map(), closing: undefined, problems } }
  }
})
