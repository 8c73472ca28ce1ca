import * as Effect from "effect/Effect"
import { helloLine, mismatchOf } from "./AttachHello.ts"
import type { AttachHello } from "./AttachHello.ts"
import { reach } from "./ServerLine.ts"
import type { Reached } from "./ServerLine.ts"
import { socketFile, socketState } from "./SocketPlace.ts"

/**
 * Attaches to the gateway that serves a state directory. `undefined`: there is none, or none that fits, which is logged;
 * whoever asks goes on alone. Where there is no socket this costs one look at the file system.
 */
export const attach = Effect.fnUntraced(function* (stateDirectory: string, own: AttachHello) {
  const state = socketState(stateDirectory)
  if (state._tag === "Absent") return undefined
  const file = socketFile(stateDirectory)
  if (state._tag === "Unfit") return yield* alone("Warn", `the gateway at ${file} is not asked: ${state.reason}`)
  const reached = yield* reach(file).pipe(
    Effect.catch(({ dead, reason }) =>
      // A gateway that was killed leaves its socket behind: the next one that serves removes it.
      alone(dead ? "Debug" : "Warn", `the gateway at ${file} can't be reached: ${reason}`)
    )
  )
  if (reached === undefined) return undefined
  const { hello, line } = reached
  const refused = hello.refused ?? mismatchOf(own, hello)
  if (refused !== undefined) {
    line.socket.destroy()
    return yield* alone("Warn", `not attached to the gateway that serves here (process ${hello.pid}): ${refused}`)
  }
  line.socket.write(`${helloLine(own)}\n`)
  yield* Effect.logInfo(`attached to the gateway that serves here, process ${hello.pid}`)
  return reached satisfies Reached
})

const alone = (level: "Warn" | "Debug", message: string): Effect.Effect<undefined> =>
  Effect.as(level === "Warn" ? Effect.logWarning(message) : Effect.logDebug(message), undefined)
