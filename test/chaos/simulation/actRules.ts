import { longestMillis } from "../../../src/machine/Bounds.ts"
import type { Act, ClientPlan, Fault } from "../../../src/simulation/Scenario.ts"
import type { SiteFault } from "../../../src/simulation/SiteFault.ts"
import { countMost, millis } from "./backendRules.ts"
import { flag, kindOf, number, oneOf, optional, text, whole } from "./rules.ts"
import type { Rule, Rules } from "./rules.ts"

/** The keys of each kind of a tagged union, without those that all have. */
type Kinds<A extends { readonly _tag: string }, Common extends string = never> = {
  readonly [Tag in A["_tag"]]: Rules<Omit<Extract<A, { readonly _tag: Tag }>, "_tag" | Common>>
}

const share = number(0, 1)
const count = whole(0, countMost)
const some = whole(1, countMost)

const faults: Kinds<Fault> = {
  Crash: {},
  CrashInReply: { share },
  CrashOnCall: {},
  CrashInStart: { reply: count, share },
  Stop: { millis },
  CloseOutput: { millis: optional(millis) },
  Mute: { calls: some },
  Late: { millis },
  Twice: {},
  Reorder: {},
  Pieces: { millis, share: optional(share) },
  Oversize: {},
  Large: { share },
  Garbage: { lines: some },
  HalfJson: {},
  Stray: { back: count },
  Flood: { frames: some },
  Requests: { method: text, count: some },
  Error: { code: whole(-2_147_483_648, 2_147_483_647), calls: some },
  Starts: {
    how: oneOf(["refused", "unauthorized", "silent", "exits", "slow", "foreign", "unlisted"]),
    times: some
  },
  OtherEra: {},
  Tools: { count },
  Update: {},
  SlowStop: { millis }
}

const status = whole(400, 599)
const body = oneOf(["none", "text", "rpc"])

const siteFaults: Kinds<SiteFault> = {
  Refuse: { millis },
  Unroutable: { millis },
  CutAll: {},
  Cut: { share },
  Status: { status, body, requests: some },
  StatusInstead: { status, body },
  Unauthorized: { requests: some },
  Hang: { requests: some },
  Forget: {},
  Type: { type: text },
  EndStreams: {},
  OddEvents: {}
}

/** How many there are to refer to, and how long acts may come. */
export interface Cast {
  readonly backends: number
  readonly clients: number
  readonly millis: number
}

/** An act of a scenario with so many backends and clients. */
export const actRule = (cast: Cast): Rule => {
  const client = whole(0, cast.clients - 1)
  const backend = whole(0, cast.backends - 1)
  const kinds: Kinds<Act, "at"> = {
    Call: { client, backend, tool: count, count: some, kind: optional(oneOf(["tool", "read", "prompt"])) },
    Cancel: { client, pick: count },
    List: { client },
    Watch: { client, backend, isOn: flag },
    Leave: { client },
    Fault: { backend, fault: kindOf("_tag", faults) },
    SiteFault: { backend, fault: kindOf("_tag", siteFaults) },
    // Somebody may set the clock back.
    WallClock: { millis: number(-longestMillis, longestMillis) },
    Suspend: { millis },
    Restart: {},
    Disk: { isFull: flag }
  }
  const at = number(0, cast.millis)
  return kindOf("_tag", Object.fromEntries(Object.entries(kinds).map(([tag, rules]) => [tag, { at, ...rules }])))
}

export const clientRules: Rules<ClientPlan> = {
  name: text,
  kind: oneOf(["stateful", "stateless", "lone"]),
  principal: optional(text),
  asked: optional(oneOf(["answers", "late", "never", "declines"])),
  isCurious: optional(flag),
  batches: optional(flag)
}
