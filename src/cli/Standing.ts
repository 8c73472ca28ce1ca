import type { BackendUnit } from "../gateway/BackendUnit.ts"
import { printable } from "./Words.ts"

/** Starts that may fail before a command stops waiting: something that comes up at the third try is up. */
export const patientStarts = 3

/** How a backend stands, as far as a command that waits for it is concerned. */
export type Standing =
  { readonly _tag: "Up"; readonly tools: number } | { readonly _tag: "Coming" } | { readonly _tag: "Down" }

export const standingOf = ({ catalog, life }: BackendUnit): Standing => {
  switch (life?._tag) {
    case "Ready":
      return catalog === undefined ? coming : { _tag: "Up", tools: catalog.tools.length }
    case "Backoff":
      return life.attempt < patientStarts ? coming : down
    case "Parked":
    case "Quarantined":
    case "Draining":
    case "Stopped":
      return down
    default:
      return coming
  }
}

const coming: Standing = { _tag: "Coming" }
const down: Standing = { _tag: "Down" }

/** A backend that is not up, once waiting for it has ended. */
export interface Absent {
  readonly backend: string
  readonly reason: string
  /** What it wrote last on stderr. */
  readonly lastWords: string | undefined
}

export const absentOf = (units: ReadonlyArray<BackendUnit>): ReadonlyArray<Absent> =>
  units.flatMap((unit) => {
    if (standingOf(unit)._tag === "Up") return []
    const { life, shared, spec } = unit
    const reason = life !== undefined && "reason" in life ? life.reason : "it is still starting"
    // The reason may name the backend, as every message does that has to stand alone.
    const own = reason.replace(`backend "${spec.name}": `, "")
    return [{ backend: spec.name, reason: own, lastWords: shared.view?.lastStderr().at(-1) }]
  })

/** In one sentence, for a terminal. */
export const renderAbsent = ({ backend, lastWords, reason }: Absent): string => {
  const words = lastWords === undefined ? "" : `; it last said: ${lastWords}`
  return printable(`backend "${backend}" is not up: ${reason}${words}`)
}
