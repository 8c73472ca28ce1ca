/** The parts of a run: what the client speaks, and what the backend. Each has a direct route and relays of its own. */
import { httpToHttpBars, httpToStdioBars, stdioBars, type Bars } from "./bars.ts"
import { fullEffort, fullHttpEffort, quickEffort, quickHttpEffort, type Effort } from "./effort.ts"
import { httpTargets } from "./http/targets.ts"
import { stdioTargets, type Target, type TargetName } from "./targets.ts"
import type { Workshop } from "./workshop.ts"

export const partNames = ["stdio", "http-stdio", "http-http"] as const
export type PartName = (typeof partNames)[number]

export interface Part {
  readonly name: PartName
  readonly title: string
  readonly targets: (workshop: Workshop) => ReadonlyArray<Target>
  readonly effort: Effort
  readonly rounds: number
  readonly bars: Bars
  /** The targets that the bars are judged for. */
  readonly subjects: ReadonlyArray<TargetName>
}

const stdioRounds = 5
const httpRounds = 3

export const partOf = (name: PartName, isQuick: boolean): Part => {
  const http = {
    effort: isQuick ? quickHttpEffort : fullHttpEffort,
    rounds: isQuick ? 1 : httpRounds,
    subjects: ["gateway", "gateway-sessions"]
  } as const
  switch (name) {
    case "stdio":
      return {
        name,
        title: "stdio client, stdio backend",
        targets: stdioTargets,
        effort: isQuick ? quickEffort : fullEffort,
        rounds: isQuick ? 1 : stdioRounds,
        bars: stdioBars,
        subjects: ["gateway"]
      }
    case "http-stdio":
      return {
        name,
        title: "HTTP client, stdio backend (direct: over stdio)",
        targets: (workshop) => httpTargets(workshop, "stdio"),
        bars: httpToStdioBars,
        ...http
      }
    case "http-http":
      return {
        name,
        title: "HTTP client, HTTP backend",
        targets: (workshop) => httpTargets(workshop, "http"),
        bars: httpToHttpBars,
        ...http
      }
  }
}
