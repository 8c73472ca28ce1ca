import * as fc from "fast-check"
import type { CheckOptions, Model } from "./model.ts"

/** Commands of a sequence, at most. */
export const longestSequence = 60

/** A real thing, a simpler model of it, and the commands that both obey. */
export interface Subject<S, M extends object, R> {
  readonly name: string
  readonly invariants: ReadonlyArray<number>
  /** What a sequence begins with, drawn anew for each. */
  readonly settings: fc.Arbitrary<S>
  readonly command: fc.Arbitrary<fc.Command<M, R>>
  readonly begin: (settings: S, reached: Set<string>) => { readonly model: M; readonly real: R }
  /** What must hold once a sequence is over. */
  readonly end?: (model: M, real: R) => void
}

export const modelOf = <S, M extends object, R>(subject: Subject<S, M, R>): Model => {
  const { begin, command, end, invariants, name, settings } = subject
  const sequence = fc.commands([command], { maxCommands: longestSequence, size: "max", disableReplayLog: true })
  const check = ({ path, reached = new Set(), runs, seed }: CheckOptions) => {
    const property = fc.property(settings, sequence, (drawn, commands) => {
      const { model, real } = begin(drawn, reached)
      fc.modelRun(() => ({ model, real }), commands)
      end?.(model, real)
    })
    // How commands are made smaller depends on which were run, so only the run itself can be found by its number.
    const [run] = path?.split(":") ?? []
    return fc.check<unknown>(property, {
      numRuns: runs,
      ...(seed === undefined ? {} : { seed }),
      ...(run === undefined ? {} : { path: run })
    })
  }
  return { name, invariants, check }
}

/** A command that says what it does; `fits` leaves it out where it makes no sense. */
export const command = <M extends object, R>(
  name: string,
  run: (model: M, real: R) => void,
  fits: (model: Readonly<M>) => boolean = () => true
): fc.Command<M, R> => ({ check: fits, run, toString: () => name })
