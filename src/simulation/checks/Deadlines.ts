import { refusalCodes } from "../../domain/Outcome.ts"
import type { Promised } from "../Check.ts"
import { objectIn } from "../Message.ts"

/** Times that are equal may differ by so much where one was kept in another unit, milliseconds. */
const roundingMillis = 0.01

/** A call has the time that its backend's configuration gives it. */
export const noEarlyDeadline: Promised = {
  invariant: 1,
  name: "no call is ended by its deadline before that has passed",
  check: ({ scenario }, fail) => {
    const specs = new Map(scenario.backends.map(({ spec }) => [spec.name, spec]))
    return {
      saw: (seen, at) => {
        if (seen._tag !== "Replied" || objectIn(seen.message, "error")["code"] !== refusalCodes.deadlineExceeded) return
        const { askedAt, backend, canary } = seen.call
        const { inputTimeoutMillis = 0, timeoutMillis = 0 } = specs.get(backend) ?? {}
        // Whoever is asked something has as long as that may take.
        const soonest = (seen.call.asked ?? 0) > 0 ? Math.min(timeoutMillis, inputTimeoutMillis) : timeoutMillis
        const waited = at - askedAt
        if (waited < soonest - roundingMillis) fail(`${canary} is ended by its deadline after ${waited} ms`)
      }
    }
  }
}
