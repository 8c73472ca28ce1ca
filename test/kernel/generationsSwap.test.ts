import { assert, describe, it } from "@effect/vitest"
import * as Context from "effect/Context"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Scope from "effect/Scope"
import { fork } from "../../src/kernel/Fork.ts"
import * as Generations from "../../src/kernel/Generations.ts"
import { capturedLogs } from "./capturedLogs.ts"
import { generationsOf, peek, type Resource, resource, settle } from "./resource.ts"

describe("Generations, swap", () => {
  it.effect("publishes the next generation and closes the one before when nobody holds it", () =>
    Effect.gen(function* () {
      const { generations, reports } = yield* generationsOf()
      const first = generations.pin()
      first.release()
      assert.strictEqual(yield* generations.swap(resource("second")), 2)
      assert.strictEqual(generations.current(), 2)
      yield* settle
      assert.deepStrictEqual([first.value.open, peek(generations).open], [false, true])
      assert.deepStrictEqual(reports, [
        { _tag: "Published", generation: 1 },
        { _tag: "Published", generation: 2 },
        { _tag: "Closed", generation: 1, pins: 0, inTime: true }
      ])
    })
  )

  it.effect("INV-26 a call keeps the generation it began with, open, until it ends", () =>
    Effect.gen(function* () {
      const { generations } = yield* generationsOf()
      const gate = yield* Deferred.make<void>()
      const call = yield* fork(
        "call",
        generations.use((value) => Effect.as(Deferred.await(gate), { ...value }))
      )
      yield* generations.swap(resource("second"))
      yield* settle
      assert.strictEqual(generations.draining(), 1)
      assert.strictEqual(yield* generations.use(({ name }) => Effect.succeed(name)), "second")
      yield* Deferred.succeed(gate, undefined)
      assert.deepStrictEqual(yield* Fiber.join(call), { name: "first", open: true })
      yield* settle
      assert.strictEqual(generations.draining(), 0)
    })
  )

  it.effect("INV-27 a build that fails changes nothing, and what it had acquired is released", () =>
    Effect.gen(function* () {
      const { generations, reports } = yield* generationsOf()
      const half: Array<Resource> = []
      const build = Effect.gen(function* () {
        half.push(yield* resource("half"))
        return yield* Effect.fail("no key")
      })
      assert.strictEqual(yield* Effect.flip(generations.swap(build)), "no key")
      assert.deepStrictEqual(half, [{ name: "half", open: false }])
      assert.deepStrictEqual(peek(generations), { name: "first", open: true })
      assert.strictEqual(reports.at(-1)?._tag, "BuildFailed")
      assert.strictEqual(yield* generations.swap(resource("third")), 3)
    })
  )

  it.effect("INV-27 a defect in a build, and its interruption, change nothing either", () =>
    Effect.gen(function* () {
      const { generations } = yield* generationsOf()
      assert.isTrue(Exit.hasDies(yield* Effect.exit(generations.swap(Effect.die("bug")))))
      const half: Array<Resource> = []
      const build = Effect.andThen(
        Effect.tap(resource("half"), (it) => Effect.sync(() => half.push(it))),
        Effect.never
      )
      const swap = yield* fork("swap", generations.swap(build))
      yield* Fiber.interrupt(swap)
      assert.deepStrictEqual(half, [{ name: "half", open: false }])
      assert.strictEqual(generations.current(), 1)
      yield* generations.swap(resource("next"))
    })
  )

  it.effect("the first build's failure is the failure of make, with nothing left open", () =>
    Effect.gen(function* () {
      const half: Array<Resource> = []
      const build = Effect.andThen(
        Effect.tap(resource("half"), (it) => Effect.sync(() => half.push(it))),
        Effect.fail("no key")
      )
      assert.strictEqual(yield* Effect.flip(Generations.make(build)), "no key")
      assert.deepStrictEqual(half, [{ name: "half", open: false }])
    })
  )

  it.effect("concurrent swaps run one after another", () =>
    Effect.gen(function* () {
      const { generations } = yield* generationsOf()
      const log: Array<string> = []
      const build = (name: string) =>
        Effect.gen(function* () {
          log.push(`< ${name}`)
          yield* settle
          log.push(`> ${name}`)
          return yield* resource(name)
        })
      const swaps = yield* Effect.forEach(["a", "b", "c"], (name) => fork(name, generations.swap(build(name))))
      assert.deepStrictEqual(yield* Effect.forEach(swaps, Fiber.join), [2, 3, 4])
      assert.deepStrictEqual(log, ["< a", "> a", "< b", "> b", "< c", "> c"])
      assert.strictEqual(peek(generations).name, "c")
    })
  )

  it.effect(
    "a layer is built anew for each generation, also where it was built around them, and shared within one",
    () => {
      class Part extends Context.Service<Part, { readonly n: number }>()("test/kernel/Part") {}
      let built = 0
      const part = Layer.sync(Part, () => ({ n: ++built }))
      const twice = Layer.merge(part, Layer.provideMerge(Layer.empty, part))
      const seen: Array<number> = []
      const inside = Effect.gen(function* () {
        const generations = yield* Generations.make(Generations.fromLayer(twice))
        seen.push(Context.get(peek(generations), Part).n)
        yield* generations.swap(Generations.fromLayer(twice))
        seen.push(Context.get(peek(generations), Part).n)
      })
      return Effect.gen(function* () {
        yield* Layer.build(Layer.provide(Layer.effectDiscard(inside), part))
        assert.deepStrictEqual(seen, [2, 3])
      })
    }
  )

  it.effect("a release counts once, and an interrupted call releases", () =>
    Effect.gen(function* () {
      const { generations, reports } = yield* generationsOf()
      const twice = generations.pin()
      const call = yield* fork(
        "call",
        generations.use(() => Effect.never)
      )
      yield* generations.swap(resource("second"))
      twice.release()
      twice.release()
      yield* settle
      assert.isTrue(twice.value.open, "the call still holds it")
      yield* Fiber.interrupt(call)
      yield* settle
      assert.strictEqual(reports.at(-1)?._tag, "Closed")
    })
  )

  it.effect("closes everything with its scope; then to pin or swap is a defect", () =>
    Effect.gen(function* () {
      const scope = yield* Scope.make()
      const { generations } = yield* Scope.provide(generationsOf(), scope)
      const { release, value } = generations.pin()
      release()
      yield* Scope.close(scope, Exit.void)
      assert.isFalse(value.open)
      assert.throws(() => generations.pin(), "the generations are closed")
      const late: Array<Resource> = []
      const build = Effect.tap(resource("late"), (it) => Effect.sync(() => late.push(it)))
      assert.isTrue(Exit.hasDies(yield* Effect.exit(generations.swap(build))))
      yield* settle
      assert.isFalse(
        late.some(({ open }) => open),
        "what was built too late is closed"
      )
    })
  )

  it.effect("a listener that throws is logged and stops no swap", () => {
    const logs = capturedLogs()
    return Effect.gen(function* () {
      const generations = yield* Generations.make(resource("first"), {}, () => {
        throw new Error("deaf")
      })
      assert.strictEqual(yield* generations.swap(resource("second")), 2)
      assert.match(logs.lines.join("\n"), /deaf/)
    }).pipe(Effect.provide(logs.layer))
  })
})
