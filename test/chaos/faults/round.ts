/** One fault at one target: the call that it hits, and the calls after it. */
import { setTimeout as sleep } from "node:timers/promises"
import { kept, now, succeeded, type Answer, type Arrived } from "./answer.ts"
import { bounds } from "./bounds.ts"
import type { Caller } from "./caller.ts"
import type { Fault, Scene } from "./faults.ts"
import type { Lease } from "./slot.ts"
import { isOurs } from "./targets.ts"
import { untilListed, within, type Standing } from "./standing.ts"

/** Times in ms, counted from the fault. */
export interface Round {
  readonly answer: Answer
  /** `undefined`: there was none. With a change of the tool list: when the caller was told. */
  readonly answerMillis: number | undefined
  /** The same from the moment the call was sent. */
  readonly sinceSentMillis: number | undefined
  /** Until another call had succeeded (the changed list was there), from the mending on if there was one. */
  readonly recoveryMillis: number | undefined
  /** Other calls were served while this one had no answer. */
  readonly meanwhile: boolean
  /** How often the call reached the server. */
  readonly reached: number
  /** Calls that reached it more than once. */
  readonly doubled: number
  /** Until the server that had got the call was gone. */
  readonly endedMillis: number | undefined
  /** Until the next server had been started. */
  readonly replacedMillis: number | undefined
  readonly newSession: boolean
  /** What the last of the other calls got that did not succeed. */
  readonly refused: Answer | undefined
  /** The server that had failed was alive when another one already answered. */
  readonly oldAlive: boolean
  /** Replies that came to the caller and that it did not wait for. */
  readonly strays: number
}

let lastText = 0
const freshText = (kind: string) => `${kind}-${++lastText}`

const call = ({ caller, target }: Standing, tool: string, text: string) =>
  caller.ask("tools/call", { name: target.prefix + tool, arguments: { text } })

interface Served {
  readonly arrived: Arrived | undefined
  /** A new session had to be opened for it. */
  readonly newSession: boolean
  readonly refused: Answer | undefined
}

/** More calls, one at a time, in a new session when the old one is gone, until one succeeds. */
const recover = async (standing: Standing, until: number): Promise<Served> => {
  const { caller } = standing
  let newSession = false
  let refused: Answer | undefined
  const eagerUntil = now() + bounds.eagerMillis
  while (now() < until && !caller.isOver()) {
    if (caller.needsOpening()) {
      newSession = true
      const { answer } = await within(caller.open(), bounds.openMillis)
      if (!succeeded(answer)) refused = answer
    }
    if (!caller.needsOpening()) {
      const arrived = await within(call(standing, "echo", freshText("retry")), bounds.attemptMillis)
      if (succeeded(arrived.answer)) return { arrived, newSession, refused }
      refused = arrived.answer
    }
    await sleep(now() < eagerUntil ? bounds.retryMillis : bounds.lateRetryMillis)
  }
  return { arrived: undefined, newSession, refused }
}

interface Victim {
  readonly text: string
  readonly asked: Promise<Arrived>
  readonly sentAt: number
  readonly faultAt: number
  /** Of the server that has got the call. */
  readonly pid: number
}

const sceneOf = ({ restart, stage }: Standing, pid: number): Scene => ({ pid, restart, failStarts: stage.failStarts })

/** A caller that comes while the server is not there: what it gets for opening, or else for its call. */
const comeEarly = async (standing: Standing, fault: Fault): Promise<Victim> => {
  const text = freshText("victim")
  const sentAt = now()
  const openAndCall = async () => {
    const opened = await standing.caller.open()
    return succeeded(opened.answer) ? call(standing, fault.tool, text) : opened
  }
  return { text, asked: openAndCall(), sentAt, faultAt: sentAt, pid: 0 }
}

/** Makes the call and has the fault hit it. */
const strike = async (standing: Standing, fault: Fault): Promise<Victim> => {
  const { backendPid, stage } = standing
  const { inflict } = fault
  const text = freshText("victim")
  if (fault.first === true) {
    const inflictedAt = now()
    inflict?.(sceneOf(standing, backendPid()))
    await stage.entry(({ at, event }) => event === "forgot" && at >= inflictedAt, bounds.arrivalMillis)
  }
  const sentAt = now()
  const asked = call(standing, fault.tool, text)
  const known = { text, asked, sentAt }
  if (fault.first === true) return { ...known, faultAt: sentAt, pid: backendPid() }
  const entry = await stage.entry((entry) => entry.text === text, bounds.arrivalMillis)
  if (entry === undefined) throw new Error(`the call did not reach the server within ${bounds.arrivalMillis} ms`)
  if (inflict === undefined) return { ...known, faultAt: entry.at, pid: entry.pid }
  await sleep(bounds.underWayMillis)
  const faultAt = now()
  inflict(sceneOf(standing, entry.pid))
  return { ...known, faultAt, pid: entry.pid }
}

const mendOf = async (standing: Standing, { absent, mend }: Fault, pid: number): Promise<number | undefined> => {
  if (mend === undefined) return undefined
  await sleep(mend.afterMillis)
  if (absent === true) standing.stage.install()
  await mend.how(sceneOf(standing, pid))
  return now()
}

const writtenDown = ({ stage }: Standing, { faultAt, pid, text }: Victim) => {
  const entries = stage.journal()
  const calls = new Map<string, number>()
  for (const { event, text = "" } of entries) if (event === "call") calls.set(text, (calls.get(text) ?? 0) + 1)
  const next = entries.find((entry) => entry.event === "start" && entry.at > faultAt && entry.pid !== pid)
  return {
    reached: calls.get(text) ?? 0,
    doubled: [...calls.values()].filter((count) => count > 1).length,
    replacedMillis: next === undefined ? undefined : next.at - faultAt
  }
}

const pidIn = ({ answer }: Arrived) => (answer._tag === "Result" ? Number(answer.text.split(" ")[0]) : 0)

const since = (from: number, to: number | undefined) =>
  to === undefined || Number.isNaN(to) ? undefined : Math.max(0, to - from)

const untilTold = async (caller: Caller, faultAt: number) => {
  const until = now() + bounds.toldMillis
  while ((caller.toldAt() ?? 0) < faultAt && now() < until) await sleep(1)
}

/** When the server that was hit is gone; looks until `stop` is called. */
const watchEnd = ({ stage }: Standing, { faultAt, pid }: Victim) => {
  let endedMillis: number | undefined
  const timer = setInterval(() => {
    if (stage.isAlive(pid)) return
    endedMillis = now() - faultAt
    clearInterval(timer)
  }, bounds.lookMillis)
  return () => {
    clearInterval(timer)
    return endedMillis
  }
}

const nothingElse = {
  recoveryMillis: undefined,
  meanwhile: false,
  newSession: false,
  refused: undefined,
  oldAlive: false
}

/** Waits for the answer, and in its own time for the recovery. */
const aftermath = async (standing: Standing, fault: Fault, victim: Victim, answering: Promise<Arrived>) => {
  const { caller, stage, target } = standing
  const { faultAt, pid } = victim
  const mending = mendOf(standing, fault, pid)
  const early = await Promise.race([answering, sleep(bounds.meanwhileMillis, undefined)])
  if (fault.listChange === true) {
    await untilTold(caller, faultAt)
    const listedAt = await untilListed(caller, target.prefix + victim.text, bounds.openMillis)
    return { ...nothingElse, recoveryMillis: since(faultAt, listedAt) }
  }
  const until = faultAt + (fault.mend?.afterMillis ?? 0) + bounds.recoveryMillis
  const { arrived, newSession, refused } = await recover(standing, until)
  const mendedAt = (await mending) ?? faultAt
  if (arrived === undefined) return { ...nothingElse, refused }
  return {
    recoveryMillis: since(mendedAt, arrived.at),
    meanwhile: early === undefined,
    newSession,
    refused,
    oldAlive: pidIn(arrived) !== pid && stage.isAlive(pid)
  }
}

export const measureRound = async (standing: Standing, fault: Fault, lease: Lease): Promise<Round> => {
  const { caller, target } = standing
  const strays = caller.strays()
  const victim = await (fault.absent === true ? comeEarly(standing, fault) : strike(standing, fault))
  const isJudged = fault.judged === true && isOurs(target.name)
  setTimeout(lease.release, isJudged ? bounds.judgedMillis : bounds.aloneMillis)
  const ended = watchEnd(standing, victim)
  const answering = within(victim.asked, bounds.answerMillis)
  const after = await aftermath(standing, fault, victim, answering)
  const { answer, at } = await answering
  lease.release()
  await sleep(bounds.strayMillis)
  return {
    answer: kept(answer),
    answerMillis: since(victim.faultAt, fault.listChange === true ? caller.toldAt() : at),
    sinceSentMillis: since(victim.sentAt, at),
    ...after,
    ...writtenDown(standing, victim),
    endedMillis: ended(),
    strays: caller.strays() - strays
  }
}
