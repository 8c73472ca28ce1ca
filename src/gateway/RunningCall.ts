import type { Call, CallHolder } from "../domain/Call.ts"
import type { JsonObject } from "../domain/Json.ts"
import type { Outcome } from "../domain/Outcome.ts"
import { logLevels } from "../domain/Request.ts"
import type { Request, RequestId } from "../domain/Request.ts"
import { notificationFrame } from "../protocol/Splice.ts"

/** What a running call needs from those of its session. */
export interface CallOwner {
  /** Takes a progress or log message of a call. */
  readonly sendMinor: (call: RunningCall, frame: string) => void
  readonly settled: (call: RunningCall, outcome: Outcome) => void
  /** Whether a log message of this level goes to the client for this request. */
  readonly wantsLog: (request: Request, level: number) => boolean
}

/** One request of a client while it runs: knows its client's id and token, and is settled once. */
export class RunningCall implements Call {
  readonly id: RequestId
  readonly request: Request
  holder: CallHolder | undefined
  readonly #owner: CallOwner
  #isSettled = false
  #isUnwanted = false

  constructor(owner: CallOwner, id: RequestId, request: Request) {
    this.#owner = owner
    this.id = id
    this.request = request
  }

  get ended(): boolean {
    return this.#isSettled || this.#isUnwanted
  }

  settle(outcome: Outcome): void {
    if (this.#isSettled) return
    this.#isSettled = true
    this.#owner.settled(this, outcome)
  }

  progress(params: JsonObject): void {
    const { progressToken } = this.request
    if (this.ended || progressToken === undefined) return
    this.#owner.sendMinor(this, notificationFrame("notifications/progress", { ...params, progressToken }))
  }

  log(params: JsonObject): boolean {
    if (this.ended) return false
    const level = logLevels.findIndex((known) => known === params["level"])
    if (level < 0 || !this.#owner.wantsLog(this.request, level)) return false
    this.#owner.sendMinor(this, notificationFrame("notifications/message", params))
    return true
  }

  /** The client does not want it any more: nobody begins it from now on. `cancel` has to follow. */
  giveUp(): void {
    this.#isUnwanted = true
  }

  /** The client does not want it any more. Whoever holds it is told; the call ends without a reply. */
  cancel(): void {
    if (this.#isSettled) return
    this.giveUp()
    if (this.holder !== undefined) this.holder.cancel(this)
    else this.settle({ _tag: "Cancelled", sent: false })
  }
}
