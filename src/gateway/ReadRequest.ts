import type { Era } from "../domain/Era.ts"
import type { JsonObject } from "../domain/Json.ts"
import type { Principal } from "../domain/Principal.ts"
import type { LogLevel, Request } from "../domain/Request.ts"
import { progressTokenOf } from "../protocol/Downstream.ts"
import type { ProtocolError, SelfDescription } from "../protocol/Downstream.ts"
import { jsonRpcCodes } from "../protocol/JsonRpcCodes.ts"
import { withoutHopMeta } from "../protocol/Meta.ts"

/** Who sends a request, on which session, and to what. */
export interface Sender {
  readonly id: string
  readonly principal: Principal
  readonly scope: string | undefined
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
  scope: sender.scope,
  era,
  capabilities,
  clientInfo,
  progressToken: progressTokenOf(params),
  logLevel
})

/** Methods that MCP 2026-07-28 took away; a request that names that version must not use them. */
export const isStatefulOnly = (method: string): boolean => statefulOnly.has(method)

/** The answer to such a request. */
export const notOfThisRevision = (method: string): ProtocolError => ({
  code: jsonRpcCodes.methodNotFound,
  message: `${method} is not a method of this revision`
})

const statefulOnly = new Set(["ping", "logging/setLevel", "resources/subscribe", "resources/unsubscribe"])
