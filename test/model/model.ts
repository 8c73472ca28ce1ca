import type * as fc from "fast-check"
import type { Tries } from "../fixtures/replay.ts"
import { circuit } from "./circuit.ts"
import { deadlineHeap } from "./deadlineHeap.ts"
import { failureWindow } from "./failureWindow.ts"
import { generations } from "./generations.ts"
import { givenUp } from "./givenUp.ts"
import { health } from "./health.ts"
import { lifecycle } from "./lifecycle.ts"
import { mailbox } from "./mailbox.ts"
import { relisting } from "./relisting.ts"
import { restartPolicy } from "./restartPolicy.ts"

/**
 * How many sequences of commands are tried; `seed` and `path` replay a failure. Of the path only the first number is
 * used, the run that failed: it is made smaller again, which needs no further hint.
 */
export interface CheckOptions extends Tries {
  /** Collects what the sequences came to, for tests that want to be sure that they looked at all of it. */
  readonly reached?: Set<string>
}

/** A machine, and something simpler that it must agree with after every command. Free of any test runner. */
export interface Model {
  /** As its file is called, without the ending. */
  readonly name: string
  /** The promises that it holds, by their numbers. */
  readonly invariants: ReadonlyArray<number>
  readonly check: (options: CheckOptions) => Promise<fc.RunDetails<unknown>> | fc.RunDetails<unknown>
}

export const allModels: ReadonlyArray<Model> = [
  restartPolicy,
  lifecycle,
  circuit,
  failureWindow,
  health,
  deadlineHeap,
  mailbox,
  generations,
  relisting,
  givenUp
]
