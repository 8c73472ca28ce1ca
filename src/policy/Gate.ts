import * as Context from "effect/Context"
import { isJsonObject } from "../domain/Json.ts"
import type { Refusal } from "../domain/Outcome.ts"
import type { Request } from "../domain/Request.ts"
import { withoutRaw } from "../protocol/BulkString.ts"

/** What a gate looks at: the request, and where it would go. */
export interface Passage {
  readonly request: Request
  readonly backend: string
  /** The public name of the tool, prompt or resource. */
  readonly target: string
}

/** What a gate says. `configPath` names the configuration line behind the decision. */
export type Verdict =
  { readonly _tag: "Allow" } | { readonly _tag: "Deny"; readonly refusal: Refusal; readonly configPath: string }

/** One decision on the way of a call (design, "The way of a call"). Gates are values; the list of them is the policy. */
export interface Gate {
  readonly name: string
  readonly check: (passage: Passage) => Verdict
}

/** The gates in force, in order. Empty until the policy floor is built; anyone can provide their own. */
export const Gates: Context.Reference<ReadonlyArray<Gate>> = Context.Reference<ReadonlyArray<Gate>>(
  "sentinel/policy/Gates",
  { defaultValue: () => [] }
)

const gateFailed = -31010

/** The first refusal, or `undefined` when every gate allows. An exception inside a gate is a deny (INV-11). */
export const firstDenial = (gates: ReadonlyArray<Gate>, passage: Passage): Refusal | undefined => {
  const built = withBuiltParams(passage)
  for (const gate of gates) {
    const verdict = verdictOf(gate, built)
    if (verdict._tag === "Deny") return verdict.refusal
  }
  return undefined
}

/** The same for a request that would go to `backend`; without gates, which is usual, nothing is built. */
export const denialOf = (
  gates: ReadonlyArray<Gate>,
  request: Request,
  backend: string,
  target: string
): Refusal | undefined => (gates.length === 0 ? undefined : firstDenial(gates, { request, backend, target }))

/** Gates read arguments: a long string that was left as it came is built for them. */
const withBuiltParams = (passage: Passage): Passage => {
  const params = withoutRaw(passage.request.params)
  return isJsonObject(params) ? { ...passage, request: { ...passage.request, params } } : passage
}

const verdictOf = (gate: Gate, passage: Passage): Verdict => {
  try {
    const verdict = gate.check(passage)
    // A gate may be anybody's, and not every one is typed: a promise, or nothing at all, allows nothing.
    if (verdict._tag === "Allow" || (verdict._tag === "Deny" && isJsonObject(verdict.refusal))) return verdict
  } catch {
    // As good as no verdict.
  }
  const message = `the gate "${gate.name}" failed, so the call is refused`
  return { _tag: "Deny", configPath: "", refusal: { code: gateFailed, message, backend: passage.backend } }
}
