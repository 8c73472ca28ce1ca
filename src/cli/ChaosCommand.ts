import * as Command from "effect/cli/Command"
import * as Flag from "effect/cli/Flag"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { mostMinutes, mostSeed } from "../simulation/ExperimentBounds.ts"
import { anyNumber, wholeNumber } from "./NumberFlag.ts"
import { run } from "./RunWork.ts"

/** `sentinel chaos`. */
export const chaos = Command.make(
  "chaos",
  {
    seed: wholeNumber("seed", { least: 0, most: mostSeed }).pipe(
      Flag.withMetavar("N"),
      Flag.withDescription("Which faults come when; the same seed gives the same run"),
      Flag.withDefault(1)
    ),
    minutes: wholeNumber("minutes", { least: 1, most: mostMinutes }).pipe(
      Flag.withMetavar("M"),
      Flag.withDescription(`How long faults come, in simulated time; 1 to ${mostMinutes}`),
      Flag.withDefault(60)
    ),
    minAvailability: anyNumber("min-availability", { least: 0, most: 100 }).pipe(
      Flag.withMetavar("PERCENT"),
      Flag.withDescription("Fail (exit code 1) when fewer calls are answered"),
      Flag.optional
    ),
    maxOutage: anyNumber("max-outage", { least: 0, most: Infinity }).pipe(
      Flag.withMetavar("SECONDS"),
      Flag.withDescription("Fail when no call to some server succeeds for longer"),
      Flag.optional
    ),
    maxUnknown: wholeNumber("max-unknown", { least: 0, most: Infinity }).pipe(
      Flag.withMetavar("CALLS"),
      Flag.withDescription("Fail when more calls end without anyone knowing whether they were done"),
      Flag.optional
    )
  },
  ({ maxOutage, maxUnknown, minAvailability, minutes, seed }) =>
    run(
      Effect.promise(() => import("./Chaos.ts")).pipe(
        Effect.map(
          ({ chaos }) =>
            (options) =>
              chaos(options, {
                seed,
                minutes,
                minAvailability: Option.getOrUndefined(minAvailability),
                maxOutage: Option.getOrUndefined(maxOutage),
                maxUnknown: Option.getOrUndefined(maxUnknown)
              })
        )
      )
    )
).pipe(
  Command.withShortDescription("See what clients would see if servers failed"),
  Command.withDescription(
    "Simulates the gateway with this configuration while its servers crash, hang, lie and come back: simulated servers\n" +
      "  of the same names, simulated time. Starts nothing, calls nothing, and an hour takes seconds."
  ),
  Command.withExamples([
    { command: "sentinel chaos" },
    { command: "sentinel chaos --seed 7 --minutes 240", description: "Other faults, for longer" },
    { command: "sentinel chaos --min-availability 95 --max-outage 120", description: "Fail if it gets worse" }
  ])
)
