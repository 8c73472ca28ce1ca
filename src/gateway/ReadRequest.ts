import type { JsonObject } from "../domain/Json.ts"
import type { Principal } from "../domain/Principal.ts"
import type { LogLevel, Request } from "../domain/Request.ts"
import { progressTokenOf } from "../protocol/Downstream.ts"
import type { SelfDescription } from "../protocol/Downstream.ts"
import { withoutHopMeta } from "../protocol/Meta.ts"
import type { Agreement } from "./Opening.ts"

/** Who sends a request, and on which session. */
export interface Sender {
  readonly id: string
  readonly principal: Principal
}

/** A request of the stateful era in the form that it has inside: what it does not say, the session's opening said. */
export const statefulRequest = (
  sender: Sender,
  { capabilities, clientInfo }: Agreement,
  logLevel: LogLevel | undefined,
  method: string,
  params: JsonObject
): Request => ({
  method,
  params: withoutHopMeta(params),
  principal: sender.principal,
  sessionId: sender.id,
  era: "stateful",
  capabilities,
  clientInfo,
  progressToken: progressTokenOf(params),
  logLevel
})

/** A request of the stateless era in the form that it has inside: it described itself. */
export const statelessRequest = (
  sender: Sender,
  { capabilities, clientInfo, logLevel }: SelfDescription,
  method: string,
  params: JsonObject
): Request => ({
  method,
  params: withoutHopMeta(params),
  principal: sender.principal,
  sessionId: sender.id,
  era: "stateless",
  capabilities,
  clientInfo,
  progressToken: progressTokenOf(params),
  logLevel
})

/** Methods that MCP 2026-07-28 took away; a request that names that version must not use them. */
export const isStatefulOnly = (method: string): boolean => statefulOnly.has(method)

const statefulOnly = new Set(["ping", "logging/setLevel", "resources/subscribe", "resources/unsubscribe"])
