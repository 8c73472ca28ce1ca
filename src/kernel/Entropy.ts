import * as Context from "effect/Context"
import { randomBytes } from "node:crypto"

/** So many bytes that nobody can guess. */
export type Entropy = (bytes: number) => Uint8Array

/**
 * Where secrets of the running gateway come from, such as the key that seals what clients hold. A simulation brings its
 * own, so that a seed gives the same bytes again; nothing that serves people may.
 */
export const Entropy: Context.Reference<Entropy> = Context.Reference("sentinel/kernel/Entropy", {
  defaultValue: (): Entropy => randomBytes
})
