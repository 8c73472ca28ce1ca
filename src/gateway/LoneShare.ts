import type { BackendUnit } from "./BackendUnit.ts"

/** Of `max_sessions`, the part that one lone caller may lease: with questions open, it would hold all of them. */
export const loneFraction = 0.5

/** Connections leased to the calls of one lone caller at once. */
export const loneShare = (maxSessions: number): number => Math.max(1, Math.floor(maxSessions * loneFraction))

/** Whether a lone caller has its share, those included that are still ending. */
export const hasItsShare = ({ slots, spec, stopping }: BackendUnit, sessionId: string): boolean => {
  let count = 0
  for (const slot of slots.values()) if (slot.lease !== undefined && slot.sessionId === sessionId) count++
  for (const slot of stopping) if (slot.lease !== undefined && slot.sessionId === sessionId) count++
  return count >= loneShare(spec.maxSessions)
}
