import { backendDefaults } from "../domain/BackendSpec.ts"
import type { BackendSpec } from "../domain/BackendSpec.ts"
import type { Chance } from "./Chance.ts"
import type { Fault } from "./Scenario.ts"

type Make = (chance: Chance, spec: BackendSpec) => Fault

/** One of everything that can go wrong at a server. */
export const faultsOf = (chance: Chance, spec: BackendSpec | undefined): Fault =>
  chance.of(kinds)(chance, spec ?? someSpec)

const someSpec: BackendSpec = {
  ...backendDefaults,
  name: "",
  launch: { type: "stdio", command: "", args: [], env: {}, secrets: [], envPass: [], cwd: undefined },
  prefix: "",
  idempotentTools: [],
  bounds: backendDefaults.boundsStdio
}

const kinds: ReadonlyArray<Make> = [
  () => ({ _tag: "Crash" }),
  () => ({ _tag: "Crash" }),
  (chance) => ({ _tag: "CrashInReply", share: chance.of([0, 0.01, 0.5, 0.99, chance.next()]) }),
  () => ({ _tag: "CrashOnCall" }),
  // Longer than a call may take, longer than the probes need, and just a moment.
  (chance, { health, timeoutMillis }) => ({
    _tag: "Stop",
    millis: chance.of([50, timeoutMillis * 1.5, health.misses * (health.intervalMillis + health.timeoutMillis) * 2])
  }),
  (chance) => ({ _tag: "CloseOutput", ...chance.of([{}, { millis: 1 }, { millis: 2_000 }]) }),
  (chance) => ({ _tag: "Mute", calls: chance.of([1, 3, 20]) }),
  (chance, { timeoutMillis }) => ({ _tag: "Late", millis: timeoutMillis * chance.of([0.5, 0.999, 1.1]) }),
  () => ({ _tag: "Twice" }),
  () => ({ _tag: "Reorder" }),
  (chance) => ({ _tag: "Pieces", millis: chance.of([1, 500]), ...chance.of([{}, { share: 0.5 }]) }),
  (chance) => ({ _tag: "Large", share: chance.of([0.5, 0.999]) }),
  (chance) => ({ _tag: "CrashInStart", reply: chance.whole(0, 3), share: chance.of([0, 0.5, 1, chance.next()]) }),
  (chance) => ({
    _tag: "Requests",
    method: chance.of(["roots/list", "elicitation/create", "ping", "nothing/known"]),
    count: chance.of([1, 50])
  }),
  () => ({ _tag: "Oversize" }),
  (chance) => ({ _tag: "Garbage", lines: chance.of([1, 19, 25]) }),
  () => ({ _tag: "HalfJson" }),
  (chance) => ({ _tag: "Stray", back: chance.whole(0, 5) }),
  (chance) => ({ _tag: "Flood", frames: chance.of([10, 300]) }),
  (chance) => ({ _tag: "Error", code: chance.of([-32_603, -32_602, -32_000]), calls: chance.of([1, 5, 20]) }),
  (chance) => ({
    _tag: "Starts",
    how: chance.of(["refused", "unauthorized", "silent", "exits", "slow", "foreign", "unlisted"]),
    times: chance.of([1, 2, 8])
  }),
  () => ({ _tag: "OtherEra" }),
  (chance) => ({ _tag: "Tools", count: chance.whole(0, 2) }),
  () => ({ _tag: "Update" }),
  (chance) => ({ _tag: "SlowStop", millis: chance.of([500, 3_900]) })
]
