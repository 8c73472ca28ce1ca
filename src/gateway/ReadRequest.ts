import type { Era } from "../domain/Era.ts"
import type { JsonObject } from "../domain/Json.ts"
import type { Principal } from "../domain/Principal.ts"
import type { LogLevel, Request } from "../domain/Request.ts"
import { progressTokenOf } from "../protocol/Downstream.ts"
import type { SelfDescription } from "../protocol/Downstream.ts"
import { withoutHopMeta } from "../protocol/Meta.ts"

/** Who sends a request, and on which session. */
export interface Sender {
  readonly id: string
  readonly principal: Principal
}

/**
 * A request in the form that it has inside. Who its client is and what it can do, the request itself says in the
 * stateless era, the session's opening in the stateful one.
 */
export const readRequest = (
  sender: Sender,
  era: Era,
  { capabilities, clientInfo }: Pick<SelfDescription, "capabilities" | "clientInfo">,
  logLevel: LogLevel | undefined,
  method: string,
  params: JsonObject
): Request => ({
  method,
  params: withoutHopMeta(params),
  principal: sender.principal,
  sessionId: sender.id,
  era,
  capabilities,
  clientInfo,
  progressToken: progressTokenOf(params),
  logLevel
})

/** Methods that MCP 2026-07-28 took away; a request that names that version must not use them. */
export const isStatefulOnly = (method: string): boolean => statefulOnly.has(method)

const statefulOnly = new Set(["ping", "logging/setLevel", "resources/subscribe", "resources/unsubscribe"])
