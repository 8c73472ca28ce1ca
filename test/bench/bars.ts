/** The ratios that the gateway is held to, each against targets of the same part of the same run. */
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
  readonly subject: TargetName
  readonly verdicts: ReadonlyArray<Verdict>
  /** The targets without figures that the bars need; empty if all were judged. */
  readonly missing: ReadonlyArray<TargetName>
}

/** A subject's figures against the bare relays'. */
export interface Ratios {
  readonly own: (metric: Metric) => number
  /** "Relays" is the mean of the parsing and the splicing one, the worse and the better: neither alone is the bare minimum. */
  readonly overRelays: (metric: Metric) => number
  readonly overParsing: (metric: Metric) => number
  readonly overSplicing: (metric: Metric) => number
  /** The difference to the relays' figure. */
  readonly aboveRelays: (metric: Metric, relaysMetric?: Metric) => number
}

export type Bars = (ratios: Ratios) => ReadonlyArray<Verdict>

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
export const judge = (bars: Bars, results: ReadonlyMap<TargetName, TargetResult>, subject: TargetName): Judgement => {
  const own = results.get(subject)
  const parsing = results.get("relay-parse")
  const splicing = results.get("relay-splice")
  if (own === undefined || parsing === undefined || splicing === undefined) {
    const needed = [subject, "relay-parse", "relay-splice"] as const
    return { subject, verdicts: [], missing: needed.filter((name) => !results.has(name)) }
  }
  return { subject, verdicts: bars(ratiosOf(own, parsing, splicing)), missing: [] }
}

const ratiosOf = (own: TargetResult, parsing: TargetResult, splicing: TargetResult): Ratios => {
  const relays = (metric: Metric) => (parsing.median(metric) + splicing.median(metric)) / 2
  return {
    own: own.median,
    overRelays: (metric) => own.median(metric) / relays(metric),
    overParsing: (metric) => own.median(metric) / parsing.median(metric),
    overSplicing: (metric) => own.median(metric) / splicing.median(metric),
    aboveRelays: (metric, relaysMetric = metric) => own.median(metric) - relays(relaysMetric)
  }
}

const smallCalls: Bars = ({ overRelays, overSplicing }) => [
  atMost(2, "small call on one core: added / relays' added", overRelays("oneCoreAddedMicros")),
  atMost(2, "small call, cores free: added / relays' added", overRelays("smallAddedMicros")),
  atLeast(0.4, "calls/s at 32 in flight / splicing relay's", overSplicing("perSecondAt32"))
]

const textsAtMost =
  (limit64KiB: number, limit1MiB: number): Bars =>
  ({ overParsing }) => [
    atMost(limit64KiB, "64 KiB: added / parsing relay's added", overParsing("added64KiBMillis")),
    atMost(limit1MiB, "1 MiB: added / parsing relay's added", overParsing("added1MiBMillis"))
  ]

export const stdioBars: Bars = (ratios) => [
  ...smallCalls(ratios),
  ...textsAtMost(0.5, 0.6)(ratios),
  atMost(150, "start to first tools/list, catalog cached", ratios.own("startMillis"), "ms"),
  atMost(24, "resident idle, above the idle relays", ratios.aboveRelays("idleRssMiB"), "MiB"),
  atMost(35, "resident after load, above the idle relays", ratios.aboveRelays("loadedRssMiB", "idleRssMiB"), "MiB")
]

const httpBars: Bars = (ratios) => [
  ...smallCalls(ratios),
  ...textsAtMost(0.6, 0.6)(ratios),
  atMost(35, "resident after small load, above the relays", ratios.aboveRelays("loadedRssMiB"), "MiB")
]

export const httpToStdioBars: Bars = httpBars

export const httpToHttpBars: Bars = (ratios) => [
  ...httpBars(ratios),
  atMost(2, "own CPU a call at 32 in flight / relays'", ratios.overRelays("cpuMicros"))
]
