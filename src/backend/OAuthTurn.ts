import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import { closeSync, lstatSync, mkdirSync, openSync, rmSync } from "node:fs"
import type { Stats } from "node:fs"
import * as path from "node:path"
import { OAuthProblem } from "./OAuthProblem.ts"

/** A turn that was not given back for so long belongs to a gateway that is no more. */
export const turnMillis = 90_000
/** How often a taken turn is tried again. */
export const turnLookMillis = 50
/** How long a turn is waited for, however many others come before: one that is no more, and one that works. */
export const turnWaitMillis = 2 * turnMillis

/**
 * Runs `work` while no other gateway of this state directory runs theirs for the same token file. A refresh token is good
 * for one use (OAuth 2.1, 4.3.1): two gateways that use the same one lose both. Fails when the turn does not come.
 *
 * Where no lock file can be made the work is done without: whoever can't write there can't keep a token either.
 */
export const inTurn = <A, E, R>(
  tokenFile: string,
  work: Effect.Effect<A, E, R>
): Effect.Effect<A, E | OAuthProblem, R> => {
  const lock = `${tokenFile}.lock`
  return Effect.uninterruptibleMask((restore) =>
    Effect.flatMap(take(lock, restore(Effect.sleep(turnLookMillis))), (taken) =>
      taken ? Effect.ensuring(restore(work), giveBack(lock)) : restore(work)
    )
  )
}

/** Whether the lock is ours now; false: there can be none. */
const take = Effect.fnUntraced(function* (lock: string, pause: Effect.Effect<void>) {
  if (!makeDirectory(path.dirname(lock))) return false
  const last = (yield* Clock.currentTimeMillis) + turnWaitMillis
  for (;;) {
    const tried = tryLock(lock)
    if (tried !== "EEXIST") return tried === "taken"
    const now = yield* Clock.currentTimeMillis
    if (now >= last) return yield* problem(`${lock} has been held by other gateways for ${turnWaitMillis} ms`)
    const found = look(lock)
    if (found?.isFile() === false) return yield* problem(`${lock} is in the way: it is no file`)
    // A clock that was set back leaves locks of the future.
    if (found !== undefined && Math.abs(now - found.mtimeMs) > turnMillis) yield* remove(lock)
    yield* pause
  }
})

const problem = (found: string): OAuthProblem =>
  new OAuthProblem({ reason: `${found}; remove it, then log in, or start the gateway again` })

const makeDirectory = (directory: string): boolean => {
  try {
    mkdirSync(directory, { recursive: true, mode: 0o700 })
    return true
  } catch {
    return false
  }
}

const tryLock = (lock: string): "taken" | "EEXIST" | "impossible" => {
  try {
    closeSync(openSync(lock, "wx", 0o600))
    return "taken"
  } catch (error) {
    return error instanceof Error && "code" in error && error.code === "EEXIST" ? "EEXIST" : "impossible"
  }
}

/** `undefined`: it has just been given back. */
const look = (lock: string): Stats | undefined => {
  try {
    return lstatSync(lock)
  } catch {
    return undefined
  }
}

const remove = (lock: string): Effect.Effect<void, OAuthProblem> =>
  Effect.try({
    try: () => rmSync(lock, { force: true }),
    catch: (cause) => problem(`${lock} is in the way, and can't be removed (${String(cause)})`)
  })

/** What is left behind is waited out by the next one. */
const giveBack = (lock: string): Effect.Effect<void> =>
  Effect.catch(remove(lock), ({ reason }) => Effect.logWarning(reason))
