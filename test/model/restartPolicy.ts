import assert from "node:assert/strict"
import * as fc from "fast-check"
import type { RestartSettings } from "../../src/domain/BackendSpec.ts"
import * as RestartPolicy from "../../src/machine/RestartPolicy.ts"
import { millisOf, random, restartSettings, stretch, stretchWords } from "./arbitraries.ts"
import { RestartLedger } from "./restartLedger.ts"
import { command, modelOf } from "./sequences.ts"

/** The model: a ledger that forgets nothing, and whether a restart is planned. */
interface Book {
  readonly ledger: RestartLedger
  plannedAt: number | undefined
}

/** Something that is kept alive by the policy. */
interface Kept {
  readonly settings: RestartSettings
  readonly reached: Set<string>
  now: number
  state: RestartPolicy.RestartState
}

const named = <A>(name: string, run: (book: Book, kept: Kept) => A, fits?: (book: Readonly<Book>) => boolean) =>
  command<Book, Kept>(name, run, fits)

const ready = named("ready", ({ ledger }, kept) => {
  kept.state = RestartPolicy.onReady(kept.state, kept.now)
  ledger.ready(kept.now)
})

const ended = named("ended", ({ ledger }, kept) => {
  kept.state = RestartPolicy.onEnded(kept.state, kept.settings, kept.now)
  ledger.ended(kept.now)
})

/** Whatever was planned before is called off by it. */
const down = (chance: number) =>
  named(`down, by chance ${chance}`, (book, kept) => {
    const { decision, state } = RestartPolicy.onDown(kept.state, kept.settings, kept.now, chance)
    kept.state = state
    kept.reached.add(decision._tag)
    if (book.plannedAt !== undefined) kept.reached.add("called off")
    book.ledger.judge(decision, kept.now)
    book.plannedAt = decision._tag === "Restart" ? kept.now + decision.delayMillis : undefined
    assert.ok(state.restarts.length <= kept.settings.intensity + 1, "INV-32: more restarts remembered than needed")
  })

/** A punctual restart happens when it was planned to, so nothing need be said of it. */
const restart = (late: number, isTold: boolean) =>
  named(
    `restart ${late} ms late${isTold ? "" : ", untold"}`,
    (book, kept) => {
      kept.now = Math.max(kept.now, book.plannedAt ?? 0) + late
      const isPunctual = kept.now === book.plannedAt
      if (isTold || !isPunctual) kept.state = RestartPolicy.onRestarted(kept.state, kept.now)
      book.ledger.restarted(kept.now)
      book.plannedAt = undefined
    },
    ({ plannedAt }) => plannedAt !== undefined
  )

const reset = named("reset", (book, kept) => {
  kept.state = RestartPolicy.reset()
  book.ledger.forget()
  book.plannedAt = undefined
})

const wait = stretch("windowMillis", "stableMillis", "capMillis", "baseMillis").map((each) =>
  named(`wait ${stretchWords(each)}`, (_, kept) => {
    kept.now += millisOf(each, kept.settings)
  })
)

/** The restart policy against the ledger. */
export const restartPolicy = modelOf<RestartSettings, Book, Kept>({
  name: "restartPolicy",
  invariants: [13, 14, 19],
  settings: restartSettings,
  command: fc.oneof(
    { weight: 10, arbitrary: random.map(down) },
    {
      weight: 10,
      arbitrary: fc.tuple(fc.constantFrom(0, 0, 0, 0.5, 7, 30_000), fc.boolean()).map((e) => restart(...e))
    },
    { weight: 6, arbitrary: fc.constant(ready) },
    { weight: 1, arbitrary: fc.constant(ended) },
    { weight: 8, arbitrary: wait },
    { weight: 1, arbitrary: fc.constant(reset) }
  ),
  begin: (settings, reached) => {
    assert.equal(RestartPolicy.validate(settings), undefined)
    return {
      model: { ledger: new RestartLedger(settings), plannedAt: undefined },
      real: { settings, reached, now: 0, state: RestartPolicy.initial }
    }
  }
})
