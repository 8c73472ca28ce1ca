import type { BadStart, Fault } from "./Scenario.ts"

/** What can become of one reply. */
export type ReplyFault = Extract<
  Fault,
  { readonly _tag: "CrashInReply" | "Late" | "Twice" | "Reorder" | "Pieces" | "Oversize" | "Large" | "HalfJson" }
>

/** It is gone while it writes one of its own replies. */
export type StartCrash = Omit<Extract<Fault, { readonly _tag: "CrashInStart" }>, "_tag">

/** Faults that wait for their moment, at most, of each kind. */
export const waitingFaults = 64

/** What is wrong with a simulated server at present, and what will be. */
export class FaultState {
  readonly #starts: Array<BadStart> = []
  readonly #startCrashes: Array<StartCrash> = []
  readonly #replies: Array<ReplyFault> = []
  #mute = 0
  #errors = 0
  #code = 0
  #stops: Array<number> = []
  /** It is gone as soon as it has read so many calls. */
  #crashesOnCall = 0

  badStarts(how: BadStart, times: number): void {
    for (let index = 0; index < times && this.#starts.length < waitingFaults; index++) this.#starts.push(how)
  }
  crashInStart(crash: StartCrash): void {
    if (this.#startCrashes.length < waitingFaults) this.#startCrashes.push(crash)
  }
  badReply(fault: ReplyFault): void {
    if (this.#replies.length < waitingFaults) this.#replies.push(fault)
  }
  mute(calls: number): void {
    this.#mute = calls
  }
  fail(code: number, calls: number): void {
    this.#code = code
    this.#errors = calls
  }
  slowStop(millis: number): void {
    if (this.#stops.length < waitingFaults) this.#stops.push(millis)
  }
  crashOnCall(): void {
    this.#crashesOnCall++
  }

  /** How the next start goes wrong, if it does. */
  takeStart(): BadStart | undefined {
    return this.#starts.shift()
  }
  takeCrashInStart(): StartCrash | undefined {
    return this.#startCrashes.shift()
  }
  takeReply(): ReplyFault | undefined {
    return this.#replies.shift()
  }
  takeMute(): boolean {
    return this.#mute > 0 && this.#mute-- > 0
  }
  /** The code of the error that the next call ends with, if it does. */
  takeError(): number | undefined {
    return this.#errors > 0 && this.#errors-- > 0 ? this.#code : undefined
  }
  takeStop(): number {
    return this.#stops.shift() ?? 0
  }
  takeCrashOnCall(): boolean {
    return this.#crashesOnCall > 0 && this.#crashesOnCall-- > 0
  }

  /** Nothing is wrong any more, and nothing will be. */
  clear(): void {
    this.#starts.length = 0
    this.#startCrashes.length = 0
    this.#replies.length = 0
    this.#stops.length = 0
    this.#mute = 0
    this.#errors = 0
    this.#crashesOnCall = 0
  }
}
