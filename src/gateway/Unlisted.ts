import type { Refusal } from "../domain/Outcome.ts"
import { refusalCodes } from "../domain/Outcome.ts"
import { publicName } from "../domain/ToolName.ts"
import type { BackendUnit } from "./BackendUnit.ts"

/** When to ask again: a backend starts, has failed to, or has no connection free. */
export const askAgainMillis = { starting: 1_000, failed: 5_000, full: 5_000 } as const

/**
 * Whether this backend may come to offer a client of this scope something under this name; `undefined`: a URI, or
 * anything at all.
 */
export const mayOffer = (
  { catalog, settled, spec }: BackendUnit,
  name: string | undefined,
  scope: string | undefined
): boolean => {
  // One that is hidden while it is down shows nothing before it was up, whatever is kept of an earlier run.
  const isShown = settled || spec.whenDown === "list"
  if (catalog !== undefined && isShown) return false
  if (scope !== undefined) return scope === spec.name
  return name === undefined || spec.prefix === "" || name.startsWith(publicName(spec.prefix, ""))
}

/**
 * The answer for a name that no known catalog has, while a backend that may have it was never listed: nobody can say
 * that there is no such thing. `undefined`: all are known that could.
 */
export const notListedYet = (
  units: ReadonlyArray<BackendUnit>,
  name: string | undefined,
  scope: string | undefined
): Refusal | undefined => {
  const unit = units.find((candidate) => mayOffer(candidate, name, scope))
  if (unit === undefined) return undefined
  const { absence } = unit.contribution(undefined)
  const backend = unit.spec.name
  return {
    code: refusalCodes.unavailable,
    message: `what backend "${backend}" offers is not known yet (${absence}), and this may be of it; try again shortly`,
    backend,
    retryAfterMs: unit.settled ? askAgainMillis.failed : askAgainMillis.starting
  }
}
