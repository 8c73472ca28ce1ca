import type { BackendUnit } from "../gateway/BackendUnit.ts"

/** Starts that may fail before a command stops waiting: something that comes up at the third try is up. */
export const patientStarts = 3

/** How a backend stands, as far as a command that waits for it is concerned. */
export type Standing =
  | { readonly _tag: "Up"; readonly tools: number }
  | { readonly _tag: "Coming" }
  | { readonly _tag: "Down"; readonly reason: string }

export const standingOf = (unit: BackendUnit): Standing => {
  const life = unit.life
  switch (life?._tag) {
    case "Ready":
      return unit.catalog === undefined ? coming : { _tag: "Up", tools: unit.catalog.tools.length }
    case "Backoff":
      return life.attempt < patientStarts ? coming : { _tag: "Down", reason: life.reason }
    case "Parked":
    case "Quarantined":
      return { _tag: "Down", reason: life.reason }
    case "Draining":
    case "Stopped":
      return { _tag: "Down", reason: "stopped" }
    default:
      return coming
  }
}

const coming: Standing = { _tag: "Coming" }

/** Why a backend is not up, once waiting for it has ended. */
export const reasonDown = (unit: BackendUnit): string | undefined => {
  const standing = standingOf(unit)
  if (standing._tag === "Up") return undefined
  if (standing._tag === "Down") return standing.reason
  return unit.life?._tag === "Backoff" ? unit.life.reason : "still starting"
}
