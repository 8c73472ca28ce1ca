import { createHash, createHmac, randomBytes, timingSafeEqual } from "node:crypto"
import { isJsonObject } from "../domain/Json.ts"
import type { Json, JsonObject } from "../domain/Json.ts"
import type { Request } from "../domain/Request.ts"
import { withoutRaw } from "./BulkString.ts"

/**
 * The handle of a held call, given to the client as `requestState`: `sg1.<nonce>.<expiry>.<mac>`. The client may do
 * anything with it, so the MAC binds it to the principal, the session, the method and the parameters it was given
 * for, and to its expiry (MCP 2026-07-28, patterns/mrtr, "Server Requirements", 4 and 5). Single use is the owner's
 * part: it forgets the nonce when it is redeemed.
 */
export interface StateSeal {
  readonly seal: (nonce: string, request: Request, expiresAt: number) => string
  /** The nonce, when the state is ours, unaltered, not expired and presented with the request it was given for. */
  readonly open: (state: string, request: Request, now: number) => string | undefined
  /** Whether the state is ours, unaltered and presented with the request it was given for, however long ago. */
  readonly isOurs: (state: string, request: Request) => boolean
  /** A nonce that nobody can guess. */
  readonly nonce: () => string
}

const prefix = "sg1"

/** `entropy`: bytes that nobody can guess. */
export const makeStateSeal = (entropy: (bytes: number) => Uint8Array = randomBytes): StateSeal => {
  const key = entropy(32)
  const macOf = (nonce: string, expiresAt: string, request: Request) =>
    createHmac("sha256", key)
      .update(JSON.stringify([nonce, expiresAt, request.principal.id, request.sessionId, request.method]))
      .update(digestOf(request.params))
      .digest("base64url")
  /** Its nonce and expiry, when it is ours. */
  const read = (state: string, request: Request) => {
    const [head, nonce, expiresAt, mac, ...rest] = state.split(".")
    if (head !== prefix || nonce === undefined || expiresAt === undefined || mac === undefined) return undefined
    if (rest.length > 0) return undefined
    const expected = Buffer.from(macOf(nonce, expiresAt, request))
    const presented = Buffer.from(mac)
    const isGood = expected.length === presented.length && timingSafeEqual(expected, presented)
    return isGood ? { nonce, expiresAt: Number(expiresAt) } : undefined
  }
  return {
    seal: (nonce, request, expiresAt) => {
      // Whole milliseconds: a fraction would bring one more dot.
      const until = String(Math.floor(expiresAt))
      return [prefix, nonce, until, macOf(nonce, until, request)].join(".")
    },
    open: (state, request, now) => {
      const known = read(state, request)
      return known !== undefined && known.expiresAt > now ? known.nonce : undefined
    },
    isOurs: (state, request) => read(state, request) !== undefined,
    nonce: () => Buffer.from(entropy(16)).toString("base64url")
  }
}

const answerKeys = new Set(["_meta", "inputResponses", "requestState"])

/** What makes a repeat the same request: all parameters but the answers and `_meta`, however they are written. */
const digestOf = (params: JsonObject): Buffer => {
  const salient = Object.entries(params).filter(([key]) => !answerKeys.has(key))
  return createHash("sha256")
    .update(JSON.stringify(sorted(withoutRaw(Object.fromEntries(salient)))))
    .digest()
}

const sorted = (value: Json | undefined): Json | undefined => {
  if (!isJsonObject(value)) return Array.isArray(value) ? value.map((member) => sorted(member) ?? null) : value
  const entries = Object.keys(value)
    .sort()
    .map((key) => [key, sorted(value[key])] as const)
  return Object.fromEntries(entries)
}
