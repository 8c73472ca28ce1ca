import type { JsonObject } from "../domain/Json.ts"
import { metaKeys } from "../protocol/Meta.ts"
import { promptName, resourceUri } from "./Answers.ts"
import type { CallRecord } from "./Observation.ts"
import type { CallKind, ClientPlan } from "./Scenario.ts"

/** What a call is about. */
export interface CallOf {
  readonly kind?: CallKind
  readonly backend: string
  readonly tool: string
  /** The name by which clients know the tool, or the prompt. */
  readonly publicName: string
  readonly repeatable: boolean
}

/** A request as its client writes it, before it is given an id. */
export interface ClientRequest {
  readonly method: string
  readonly params: JsonObject
}

/** The request for a call. */
export const requestFor = ({ backend, kind = "tool", publicName }: CallOf, canary: string): ClientRequest => {
  switch (kind) {
    case "tool":
      return { method: "tools/call", params: { name: publicName, arguments: { canary } } }
    case "prompt":
      return { method: "prompts/get", params: { name: publicName, arguments: { canary } } }
    case "read":
      return { method: "resources/read", params: { uri: resourceUri(backend, canary) } }
  }
}

/** The same thing asked of a backend in another way. Reading may be repeated, whatever its operator says of tools. */
export const asKind = (call: CallOf, kind: CallKind | undefined): CallOf => {
  if (kind === undefined || kind === "tool") return call
  const publicName = call.publicName.slice(0, -call.tool.length) + promptName
  return { ...call, kind, tool: kind, publicName, repeatable: true }
}

/** What a client says of itself that can be asked. */
export const capabilitiesOf = ({ asked }: ClientPlan): JsonObject => (asked === undefined ? {} : { elicitation: {} })

/** The request as it goes out: in the stateless era it says by itself who sends it. */
export const described = (
  plan: ClientPlan,
  { method, params }: ClientRequest,
  token: string | undefined
): JsonObject => {
  const meta: JsonObject = {
    ...(plan.kind === "stateful"
      ? undefined
      : { [metaKeys.protocolVersion]: "2026-07-28", [metaKeys.clientCapabilities]: capabilitiesOf(plan) }),
    ...(plan.isCurious === true && token !== undefined ? { progressToken: token } : undefined),
    ...(plan.isCurious === true && plan.kind !== "stateful" ? { [metaKeys.logLevel]: "debug" } : undefined)
  }
  return { method, params: Object.keys(meta).length === 0 ? params : { ...params, _meta: meta } }
}

/** A call that is about to be made. */
export const newCall = (
  client: string,
  id: number,
  canary: string,
  { backend, repeatable, tool }: CallOf,
  askedAt: number
): CallRecord => ({
  client,
  id,
  canary,
  backend,
  tool,
  repeatable,
  askedAt,
  cancelledAt: undefined,
  replies: [],
  written: [],
  arrived: []
})
