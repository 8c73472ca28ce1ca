/** The ratios that the gateway is held to, each against targets of the same run. */
import type { Metric, TargetResult } from "./rounds.ts"
import type { TargetName } from "./targets.ts"

export interface Verdict {
  readonly what: string
  readonly value: number
  readonly limit: number
  /** Whether the value must stay below the limit or above it. */
  readonly bound: "at most" | "at least"
  readonly unit: string
  readonly passed: boolean
}

export interface Judgement {
  readonly verdicts: ReadonlyArray<Verdict>
  /** The targets without figures that the bars need; empty if all were judged. */
  readonly missing: ReadonlyArray<TargetName>
}

const atMost = (limit: number, what: string, value: number, unit = "x"): Verdict => ({
  what,
  value,
  limit,
  bound: "at most",
  unit,
  passed: value <= limit
})

const atLeast = (limit: number, what: string, value: number, unit = "x"): Verdict => ({
  what,
  value,
  limit,
  bound: "at least",
  unit,
  passed: value >= limit
})

/** Judges `subject`; needs the figures of both bare relays. */
export const judge = (results: ReadonlyMap<TargetName, TargetResult>, subject: TargetName): Judgement => {
  const own = results.get(subject)
  const parsing = results.get("relay-parse")
  const splicing = results.get("relay-splice")
  if (own === undefined || parsing === undefined || splicing === undefined) {
    const needed = [subject, "relay-parse", "relay-splice"] as const
    return { verdicts: [], missing: needed.filter((name) => !results.has(name)) }
  }
  return { verdicts: verdictsOn(own, parsing, splicing), missing: [] }
}

/** "Relays" is the mean of the parsing and the splicing one, the worse and the better: neither alone is the bare minimum. */
const verdictsOn = (own: TargetResult, parsing: TargetResult, splicing: TargetResult): ReadonlyArray<Verdict> => {
  const relays = (metric: Metric) => (parsing.median(metric) + splicing.median(metric)) / 2
  const overRelays = (metric: Metric) => own.median(metric) / relays(metric)
  const overParsing = (metric: Metric) => own.median(metric) / parsing.median(metric)
  const overSplicing = (metric: Metric) => own.median(metric) / splicing.median(metric)
  const aboveIdleRelays = (metric: Metric) => own.median(metric) - relays("idleRssMiB")
  return [
    atMost(2, "small call on one core: added / relays' added", overRelays("oneCoreAddedMicros")),
    atMost(2, "small call, cores free: added / relays' added", overRelays("smallAddedMicros")),
    atLeast(0.4, "calls/s at 32 in flight / splicing relay's", overSplicing("perSecondAt32")),
    atMost(0.5, "64 KiB: added / parsing relay's added", overParsing("added64KiBMillis")),
    atMost(0.6, "1 MiB: added / parsing relay's added", overParsing("added1MiBMillis")),
    atMost(150, "start to first tools/list, catalog cached", own.median("startMillis"), "ms"),
    atMost(24, "resident idle, above the idle relays", aboveIdleRelays("idleRssMiB"), "MiB"),
    atMost(35, "resident after load, above the idle relays", aboveIdleRelays("loadedRssMiB"), "MiB")
  ]
}
