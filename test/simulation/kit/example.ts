import * as Effect from "effect/Effect"
import { Circuit, Supervisor, backendDefaults, type RestartPolicy } from "../../../src/index.ts"
import {
  assertCircuit,
  checkPolicy,
  circuitLawsOf,
  restartLaws,
  superviseInVirtualTime,
  type Life,
  type RestartLaw
} from "../../../src/testing.ts"

export interface Budget {
  /** The first two delays; each further one is the sum of the two before it. */
  readonly unitMillis: number
  readonly capMillis: number
  /** Restarts a day. */
  readonly restarts: number
  readonly dayMillis: number
  /** After so long without a failure the delays start from the first again. */
  readonly calmMillis: number
}

export const daily: Budget = {
  unitMillis: 1_000,
  capMillis: 600_000,
  restarts: 20,
  dayMillis: 86_400_000,
  calmMillis: 3_600_000
}

/** The nth delay, from 1: 1, 1, 2, 3, 5, 8 units and so on, up to the cap. */
export const delayOf = ({ capMillis, unitMillis }: Budget, n: number): number => {
  let [delay, next] = [unitMillis, unitMillis]
  for (let i = 1; i < n && delay < capMillis; i++) [delay, next] = [next, delay + next]
  return Math.min(capMillis, delay)
}

interface Spent {
  readonly today: number
  readonly spent: number
  readonly attempts: number
  readonly readySince: number | undefined
}

export const firstTry = (budget: Budget): RestartPolicy.Policy<Spent> => ({
  name: "fibonacci, first try",
  initial: { today: 0, spent: 0, attempts: 0, readySince: undefined },
  onReady: (state, now) => ({ ...state, readySince: now }),
  onRestarted: (state) => state,
  onDown: ({ attempts, readySince = Infinity, ...state }, now) => {
    const today = Math.floor(now / budget.dayMillis)
    const spent = today === state.today ? state.spent : 0
    const earlier = now - readySince >= budget.calmMillis ? 0 : attempts
    if (spent >= budget.restarts) {
      const retryMillis = (today + 1) * budget.dayMillis - now
      return {
        state: { today, spent, attempts: earlier, readySince: undefined },
        decision: { _tag: "Quarantine", reason: `${spent} restarts today`, retryMillis }
      }
    }
    const attempt = earlier + 1
    return {
      state: { today, spent: spent + 1, attempts: attempt, readySince: undefined },
      decision: { _tag: "Restart", attempt, delayMillis: delayOf(budget, attempt) }
    }
  }
})

/** Not one of the kit's: a law is a name and a function. */
const delaysOfTheRow = (budget: Budget): RestartLaw => ({
  name: "each delay is the next of the row",
  check: ({ lives }) => {
    const wrong = lives.find(
      ({ decision }) => decision._tag === "Restart" && decision.delayMillis !== delayOf(budget, decision.attempt)
    )
    return wrong === undefined ? undefined : `at ${wrong.downAt} ms it is not`
  }
})

export const lawsOf = (budget: Budget): ReadonlyArray<RestartLaw> => [
  restartLaws.intensity({ intensity: budget.restarts, windowMillis: budget.dayMillis }),
  restartLaws.patience({ intensity: budget.restarts, windowMillis: budget.dayMillis }),
  restartLaws.streak({ stableMillis: budget.calmMillis }),
  restartLaws.recovery({ withinMillis: budget.capMillis, quarantinedWithinMillis: budget.dayMillis }),
  delaysOfTheRow(budget)
]

/** Small numbers make short stories: the laws are the same. */
export const small: Budget = { ...daily, restarts: 2 }

export const found = () => checkPolicy(firstTry(small), lawsOf(small))

interface Remembered {
  /** When the restarts of the last day happened, or will. */
  readonly restarts: ReadonlyArray<number>
  readonly attempts: number
  readonly readySince: number | undefined
}

export const fibonacci = (budget: Budget): RestartPolicy.Policy<Remembered> => ({
  name: "fibonacci",
  initial: { restarts: [], attempts: 0, readySince: undefined },
  onReady: (state, now) => ({ ...state, readySince: now }),
  onRestarted: (state, now) => ({ ...state, restarts: [...state.restarts.slice(0, -1), now] }),
  onDown: ({ attempts, readySince = Infinity, ...state }, now) => {
    const attempt = now - readySince >= budget.calmMillis ? 1 : attempts + 1
    const delayMillis = delayOf(budget, attempt)
    const restarts = state.restarts.filter((at) => at > now + delayMillis - budget.dayMillis)
    const [oldest = now] = restarts
    if (restarts.length >= budget.restarts) {
      const reason = `${restarts.length} restarts within a day`
      return {
        state: { restarts, attempts: attempt - 1, readySince: undefined },
        decision: { _tag: "Quarantine", reason, retryMillis: oldest + budget.dayMillis - now }
      }
    }
    return {
      state: { restarts: [...restarts, now + delayMillis], attempts: attempt, readySince: undefined },
      decision: { _tag: "Restart", attempt, delayMillis }
    }
  }
})

export const supervised = (importer: Effect.Effect<void, Error>) =>
  Effect.gen(function* () {
    const supervisor = yield* Supervisor.make()
    yield* supervisor.add({ name: "importer", restart: "permanent", start: importer, policy: fibonacci(daily) })
    yield* Effect.never
  }).pipe(Effect.scoped)

export const fourCrashes = () => {
  const crash: Life = { startMillis: 0, upMillis: 5_000, lateMillis: 0, random: 0.5 }
  const { reports } = superviseInVirtualTime(fibonacci(small), [crash, crash, crash, crash])
  return reports.map(({ at, report }) => `${at} ms: ${report._tag}`)
}

export const checkTheCircuit = () => {
  const settings = { ...backendDefaults.circuit, threshold: 3 }
  assertCircuit(Circuit.of(settings), circuitLawsOf(settings))
}
