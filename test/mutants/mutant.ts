/** A deliberate defect: one piece of one source file, written otherwise. */
export interface Mutant {
  readonly name: string
  /** The promise that it is meant to break, by its number (`npm run invariants`). */
  readonly invariant: number
  readonly file: string
  /** What is replaced; it is in the file exactly once. */
  readonly find: string
  readonly replace: string
  /** What goes wrong. */
  readonly why: string
}
