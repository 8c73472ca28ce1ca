import { mayAskForInput } from "../domain/Call.ts"
import type { Call } from "../domain/Call.ts"
import { isJsonObject } from "../domain/Json.ts"
import type { JsonObject } from "../domain/Json.ts"
import { isLone } from "../domain/LoneCaller.ts"
import type { Cells } from "../machine/Cells.ts"
import type { Entry } from "./Entry.ts"

/** The calls of one backend by their numbers, oldest first. */
export type Entries = Pick<Cells<number, Entry>, "values">

/** The entry of a call. Searched for, as it is only wanted when a call is cancelled: no key may be an object (`Cells`). */
export const entryOf = (entries: Entries, wanted: Call): Entry | undefined => {
  for (const entry of entries.values()) if (entry.addressed.call === wanted) return entry
  return undefined
}

/**
 * Which call a stateful backend's question belongs to: its protocol does not say. All calls of the connection are
 * of one client, so any of them reaches the right person; the oldest one whose client waits is taken. A client that
 * did not declare that it can answer is not asked.
 */
export const askable = (entries: Entries, capability: string): Entry | undefined => {
  let away: Entry | undefined
  for (const entry of entries.values()) {
    const { capabilities, method } = entry.addressed.call.request
    if (entry.wireId === undefined || !mayAskForInput(method) || !isJsonObject(capabilities[capability])) continue
    if (!entry.away) return entry
    away ??= entry
  }
  return away
}

/** What came with the answer to a request is about that one. False: it is none of these calls, or over. */
export const passLogOf = (about: string, entries: Entries, params: JsonObject): boolean => {
  for (const { addressed, wireId } of entries.values()) {
    if (wireId !== about) continue
    addressed.call.log(params)
    return true
  }
  return false
}

/**
 * A log message, which does not say what it belongs to. When all calls in flight are of one session it can only be
 * that session's, or one's whose call has ended without its server: `left`. The first call of the session that wants
 * such messages gets it, or nobody does. False: no call is in flight.
 */
export const passLog = (entries: Entries, params: JsonObject, left: ReadonlySet<string>): boolean => {
  const calls: Array<Call> = []
  for (const { addressed, wireId } of entries.values()) {
    if (wireId === undefined) continue
    const { call } = addressed
    if (calls[0] !== undefined && !isSameClient(calls[0], call)) return true
    calls.push(call)
  }
  const [first] = calls
  if (first !== undefined && [...left].some((session) => !isOf(session, first))) return true
  calls.find((call) => call.log(params))
  return calls.length > 0
}

/** Requests that stand alone may come from different clients of one principal. */
const isOf = (session: string, { request }: Call): boolean => request.sessionId === session && !isLone(session)

const isSameClient = (one: Call, other: Call): boolean => isOf(one.request.sessionId, other)
