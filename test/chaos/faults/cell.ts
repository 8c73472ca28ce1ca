/** One fault at one target, round by round, and what the rounds come to. */
import { setTimeout as sleep } from "node:timers/promises"
import type { Workshop } from "../../bench/workshop.ts"
import { now, type Answer } from "./answer.ts"
import type { Fault } from "./faults.ts"
import { measureRound, type Round } from "./round.ts"
import { alone, type Slots } from "./slot.ts"
import { stand, type Standing } from "./standing.ts"
import { isOurs, type Target, type TargetName } from "./targets.ts"

export interface Cell {
  readonly fault: string
  readonly target: TargetName
  readonly rounds: ReadonlyArray<Round>
  /** Processes that outlived the target and had to be killed, in all rounds. */
  readonly leftovers: number
  /** What broke the measurement itself. */
  readonly failure: string | undefined
}

const wordsOf = (cause: unknown) => (cause instanceof Error ? cause.message : String(cause))

/** The target ended instead of waiting for its server. */
const didNotStart = (cause: unknown): Round => {
  const answer: Answer = { _tag: "NotStarted", why: wordsOf(cause) }
  const none = { answerMillis: undefined, sinceSentMillis: undefined, recoveryMillis: undefined }
  const nothing = {
    meanwhile: false,
    endedMillis: undefined,
    replacedMillis: undefined,
    newSession: false,
    refused: undefined,
    oldAlive: false
  }
  return { answer, ...none, ...nothing, reached: 0, doubled: 0, strays: 0 }
}

/**
 * Our own gateway is started anew for each round, so that its delays, which grow with every restart, are those of a
 * first failure. The others, which have no such delays and start slowly, go on unless they did not recover.
 */
const isFresh = (name: TargetName, { absent }: Fault, last: Round | undefined) =>
  isOurs(name) || absent === true || last?.recoveryMillis === undefined

export const measureCell = async (
  target: Target,
  fault: Fault,
  rounds: number,
  workshop: Workshop,
  { measuring, starting }: Slots
): Promise<Cell> => {
  const done: Array<Round> = []
  let leftovers = 0
  let standing: Standing | undefined
  const end = async () => {
    const ending = standing
    standing = undefined
    leftovers += (await ending?.close()) ?? 0
  }
  try {
    while (done.length < rounds) {
      if (isFresh(target.name, fault, done.at(-1))) await end()
      try {
        standing ??= await alone(starting, () => stand(target, fault, workshop))
      } catch (cause) {
        if (fault.absent !== true) throw cause
        done.push(didNotStart(cause))
        continue
      }
      const ready = standing
      await sleep(fault.calmMillis ?? 0)
      done.push(await alone(measuring, (lease) => measureRound(ready, fault, lease)))
    }
    await end()
    return { fault: fault.name, target: target.name, rounds: done, leftovers, failure: undefined }
  } catch (cause) {
    const failure = `${wordsOf(cause)} (round ${done.length + 1}, ${new Date(now()).toISOString()})`
    await end()
    return { fault: fault.name, target: target.name, rounds: done, leftovers, failure }
  }
}
