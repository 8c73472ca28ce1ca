import type { Request } from "../domain/Request.ts"
import { capabilityWord } from "../protocol/Capabilities.ts"

/** What decides which connection of a per-session backend serves a request. */
export type Caller = Pick<Request, "sessionId" | "capabilities">

/**
 * One connection a session and a set of capabilities (`capabilityWord`): a backend shows other tools to a client that
 * can do more. Lone calls that can be asked have several, a call each.
 */
export const slotKey = ({ capabilities, sessionId }: Caller): string => sessionId + capabilityWord(capabilities)
