import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import { closeSync, mkdirSync, openSync, rmSync, statSync } from "node:fs"
import * as path from "node:path"

/** A turn that was not given back for so long belongs to a gateway that is no more. */
export const turnMillis = 90_000
/** How often a taken turn is tried again. */
export const turnLookMillis = 50

/**
 * Runs `work` while no other gateway of this state directory runs theirs for the same token file. A refresh token is good
 * for one use (OAuth 2.1, 4.3.1): two gateways that use the same one lose both.
 *
 * Where no lock file can be made the work is done without: whoever can't write there can't keep a token either.
 */
export const inTurn = <A, E, R>(tokenFile: string, work: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> => {
  const lock = `${tokenFile}.lock`
  return Effect.uninterruptibleMask((restore) =>
    Effect.flatMap(take(lock, restore(Effect.sleep(turnLookMillis))), (taken) =>
      taken
        ? Effect.ensuring(
            restore(work),
            Effect.sync(() => rmSync(lock, { force: true }))
          )
        : restore(work)
    )
  )
}

/** Whether the lock is ours now; false: there can be none. */
const take = Effect.fnUntraced(function* (lock: string, pause: Effect.Effect<void>) {
  for (;;) {
    const found = tryLock(lock)
    if (found !== "EEXIST") return found === "taken"
    const age = (yield* Clock.currentTimeMillis) - takenSince(lock)
    if (age > turnMillis) rmSync(lock, { force: true })
    else yield* pause
  }
})

const tryLock = (lock: string): "taken" | "EEXIST" | "impossible" => {
  try {
    mkdirSync(path.dirname(lock), { recursive: true, mode: 0o700 })
    closeSync(openSync(lock, "wx", 0o600))
    return "taken"
  } catch (error) {
    return error instanceof Error && "code" in error && error.code === "EEXIST" ? "EEXIST" : "impossible"
  }
}

const takenSince = (lock: string): number => {
  try {
    return statSync(lock).mtimeMs
  } catch {
    return Number.POSITIVE_INFINITY
  }
}
