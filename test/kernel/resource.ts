import * as Effect from "effect/Effect"
import * as Generations from "../../src/kernel/Generations.ts"
import type { GenerationReport, GenerationSettings } from "../../src/kernel/Generation.ts"

/** Something that is open until its scope closes. */
export interface Resource {
  readonly name: string
  open: boolean
}

export const resource = (name: string) =>
  Effect.acquireRelease(
    Effect.sync((): Resource => ({ name, open: true })),
    (it) =>
      Effect.sync(() => {
        it.open = false
      })
  )

/** Generations of a resource, the first named `first`, and their reports. */
export const generationsOf = (settings: Partial<GenerationSettings> = {}) =>
  Effect.gen(function* () {
    const reports: Array<GenerationReport> = []
    const generations = yield* Generations.make(resource("first"), settings, (report) => void reports.push(report))
    return { generations, reports }
  })

/** The current value, without holding it. */
export const peek = <A>(generations: Generations.Generations<A>): A => {
  const { release, value } = generations.pin()
  release()
  return value
}

/** Lets everything that can run without time passing run. */
export const settle = Effect.forEach(Array.from({ length: 10 }), () => Effect.yieldNow, { discard: true })
