import { isLone } from "../domain/LoneCaller.ts"
import type { Request } from "../domain/Request.ts"
import { capabilityWord } from "../protocol/Capabilities.ts"

/** What decides which connection of a per-session backend serves a request. */
export type Caller = Pick<Request, "sessionId" | "capabilities">

/**
 * One connection a session and a set of capabilities (`capabilityWord`): a backend shows other tools to a client that
 * can do more. The id comes last, since it may hold anything: the name that somebody gave to a principal must not make
 * one caller's key of another's.
 */
export const slotKey = ({ capabilities, sessionId }: Caller): string => `${capabilityWord(capabilities)}@${sessionId}`

/** Lone calls that can be asked have several, a call each. No `slotKey` begins so. */
export const leasedKey = (caller: Caller, serial: number): string => `#${serial}${slotKey(caller)}`

/** Whether it is the `slotKey` of requests that stand alone. */
export const isLoneKey = (key: string): boolean => isLone(key.slice(key.indexOf("@") + 1))
