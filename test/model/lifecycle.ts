import assert from "node:assert/strict"
import * as fc from "fast-check"
import type { RestartSettings } from "../../src/domain/BackendSpec.ts"
import type { LifecycleEvent } from "../../src/machine/Life.ts"
import { hairMillis, millisOf, random, restartSettings, stretch, stretchWords } from "./arbitraries.ts"
import { verifyMove, type LifeBook } from "./lifecycleRules.ts"
import { reportOf, reports, World, type Report, type WorldMove } from "./lifecycleWorld.ts"
import { RestartLedger } from "./restartLedger.ts"
import { command, modelOf } from "./sequences.ts"

interface Real {
  readonly world: World
  readonly reached: Set<string>
}

const verify = (book: LifeBook, { reached }: Real, move: WorldMove): void => {
  const step = verifyMove(move, book)
  if (step !== undefined) reached.add(step)
}

const send = (book: LifeBook, real: Real, event: LifecycleEvent, chance: number): void =>
  verify(book, real, real.world.send(event, chance))

/**
 * What would come next by itself, the timer or the connection's next report, `late` by so much; a timer may be a little
 * early too. `isBad`: the unlucky one of two (a call that does not end, when draining).
 */
const goOn = (book: LifeBook, real: Real, isBad: boolean, late: number, chance: number): void => {
  const { world } = real
  const { connection, epoch, life } = world.state
  const report = (name: Report) => send(book, real, reportOf(name, epoch), chance)
  const ring = (at: number) => {
    world.now = Math.max(world.now, at + late)
    verify(book, real, world.ring(chance))
  }
  if (connection === "ending" && isBad && world.timer !== undefined) return ring(world.timer)
  if (connection === "ending") return report("Exited")
  switch (life._tag) {
    case "Starting":
      return report(isBad ? "StartFailed" : "Started")
    case "Ready":
      return isBad ? report("Exited") : undefined
    case "Draining":
      return isBad ? undefined : report("Drained")
    case "Backoff":
    case "Parked":
    case "Quarantined":
      // Without a timer it waits for a person: the rules have seen to that.
      return world.timer === undefined ? undefined : ring(world.timer)
    case "Idle":
    case "Stopped":
  }
}

const named = (name: string, run: (book: LifeBook, real: Real) => void) => command<LifeBook, Real>(name, run)

const natural = (isBad: boolean, late: number, chance: number) =>
  named(`${isBad ? "bad" : "good"} luck ${late} ms late`, (book, real) => goOn(book, real, isBad, late, chance))

const hand = (event: "Start" | "Due" | "Wake" | "Drain" | "Stop", chance: number) =>
  named(event, (book, real) => send(book, real, { _tag: event }, chance))

/** At any moment, fitting or not; `back` names an older epoch. */
const report = (name: Report, back: number, chance: number) =>
  named(`${name} of epoch -${back}`, (book, real) => {
    const epoch = Math.max(0, real.world.state.epoch - back)
    send(book, real, reportOf(name, epoch), chance)
  })

const wait = stretch("windowMillis", "stableMillis", "capMillis", "slowRetryMillis").map((each) =>
  named(`wait ${stretchWords(each)}`, (_, { world }) => {
    world.now += millisOf(each, world.settings)
  })
)

/** INV-38: faults stop. What waits is ready within the cap, what is quarantined or parked within a slow retry. */
const recovers = (book: LifeBook, real: Real): void => {
  const { settings, state, now: start } = real.world
  const { life } = state
  if (life._tag === "Idle" || life._tag === "Draining" || life._tag === "Stopped") return
  if (life._tag === "Parked" && life.until === undefined) return
  const bound = life._tag === "Backoff" ? settings.capMillis * (1 + settings.jitter) : settings.slowRetryMillis
  for (let move = 0; move < 4; move++) goOn(book, real, false, 0, 0.5)
  assert.equal(real.world.state.life._tag, "Ready", "INV-38: it does not become ready once faults have stopped")
  assert.ok(real.world.now - start <= bound + hairMillis, "INV-38: it becomes ready too late")
}

const late = fc.constantFrom(0, 0, 0, -0.5, 3, 500)
const isBad = fc.constantFrom(true, true, false)
const back = fc.constantFrom(0, 0, 0, 1, 2)

/** The life of a backend against a table of where it may go, a shell that obeys, and the ledger of its restarts. */
export const lifecycle = modelOf<RestartSettings, LifeBook, Real>({
  name: "lifecycle",
  invariants: [12, 13, 14, 17, 19, 38],
  settings: restartSettings,
  command: fc.oneof(
    { weight: 80, arbitrary: fc.tuple(isBad, late, random).map((each) => natural(...each)) },
    {
      weight: 20,
      arbitrary: fc
        .tuple(fc.constantFrom("Start", "Start", "Due", "Wake", "Drain", "Drain"), random)
        .map((each) => hand(...each))
    },
    { weight: 32, arbitrary: fc.tuple(fc.constantFrom(...reports), back, random).map((each) => report(...each)) },
    { weight: 20, arbitrary: wait },
    { weight: 1, arbitrary: random.map((chance) => hand("Stop", chance)) }
  ),
  begin: (settings, reached) => {
    const world = new World(settings)
    world.send({ _tag: "Start" }, 0)
    return { model: { ledger: new RestartLedger(settings), slowTryOf: undefined }, real: { world, reached } }
  },
  end: recovers
})
