import assert from "node:assert/strict"
import type { Life, LifecycleCommand } from "../../src/machine/Life.ts"
import { renewableAfterMillis } from "../../src/machine/Lifecycle.ts"
import type { RestartDecision } from "../../src/machine/RestartPolicy.ts"
import type { WorldMove } from "./lifecycleWorld.ts"
import type { RestartLedger } from "./restartLedger.ts"

/** What the rules have to remember of a life. */
export interface LifeBook {
  readonly ledger: RestartLedger
  /** The present start is the one slow try out of this. */
  slowTryOf: Tag | undefined
}

type Tag = Life["_tag"]

/** Where it goes when it loses its connection, or gets none. */
const loss: ReadonlyArray<Tag> = ["Backoff", "Quarantined", "Parked"]

/** The simpler model: where each event may lead from each life, times and counts left out. */
const leads: Record<WorldMove["event"]["_tag"], Partial<Record<Tag, ReadonlyArray<Tag>>>> = {
  Start: { Idle: ["Starting", "Backoff"] },
  Started: { Starting: ["Ready"] },
  StartFailed: { Starting: loss },
  Exited: {
    Starting: loss,
    Ready: [...loss, "Starting"],
    Draining: ["Idle"],
    Backoff: ["Starting"],
    Parked: ["Starting"],
    Quarantined: ["Starting"]
  },
  Unhealthy: { Starting: loss, Ready: loss, Draining: ["Idle"] },
  Violated: { Starting: loss, Ready: loss, Draining: ["Idle"] },
  Drained: { Draining: ["Idle"] },
  Due: { Backoff: ["Starting"], Parked: ["Starting"], Quarantined: ["Starting"] },
  Wake: { Backoff: ["Starting"], Parked: ["Starting", "Backoff"], Quarantined: ["Starting", "Backoff"] },
  Drain: { Ready: ["Draining"], Starting: ["Idle"], Backoff: ["Idle"], Parked: ["Idle"], Quarantined: ["Idle"] },
  Stop: {
    Idle: ["Stopped"],
    Starting: ["Stopped"],
    Ready: ["Stopped"],
    Draining: ["Stopped"],
    Backoff: ["Stopped"],
    Parked: ["Stopped"],
    Quarantined: ["Stopped"]
  }
}

/** Every step that the rules allow, as `event: from > to`. */
export const allSteps: ReadonlyArray<string> = Object.entries(leads).flatMap(([event, rows]) =>
  Object.entries(rows).flatMap(([from, tos]) => tos.map((to) => `${event}: ${from} > ${to}`))
)

/** Lives with a connection that serves or is about to. */
const connected: ReadonlySet<Tag> = new Set(["Starting", "Ready", "Draining"])

/** One move by the rules; `undefined`: its life did not change. */
export const verifyMove = (move: WorldMove, book: LifeBook): string | undefined => {
  const { after, before, commands, event, timer } = move
  const [from, to] = [before.life._tag, after.life._tag]
  const step = `${event._tag}: ${from} > ${to}`
  if ("epoch" in event && event.epoch !== before.epoch) {
    assert.equal(after, before, "INV-17: an event of an older epoch changed something")
    assert.equal(commands.length, 0, "INV-17: an event of an older epoch commanded something")
  }
  if (from !== to) assert.ok(leads[event._tag][from]?.includes(to), `it may not go there: ${step}`)
  if (from === "Stopped") assert.ok(to === from && commands.length === 0, "Stopped is final")
  const announced: ReadonlyArray<LifecycleCommand> =
    after.life === before.life ? [] : [{ _tag: "Announce", from: before.life, to: after.life }]
  assert.deepEqual(
    commands.filter(({ _tag }) => _tag === "Announce"),
    announced,
    "each change of life is announced, and nothing else"
  )
  const { connection, life } = after
  // Once its time has come it waits for the last connection to be gone, and for no timer.
  const isTimed = "until" in life && life.until !== undefined && !(connection === "ending" && timer === undefined)
  if (isTimed) assert.equal(timer, life.until, "it waits, and no timer ends it")
  const isLeft = connected.has(from) && !connected.has(to) && event._tag !== "Exited"
  const isEnded = commands.some(({ _tag }) => _tag === "Disconnect")
  assert.equal(isEnded, isLeft, "a connection is ended when it is left, and only then")
  assert.equal(after.connection === "up", connected.has(to), "a life with a connection has one")
  verifyRenewal(move)
  verifyStart(move)
  verifyRestarts(move, book)
  return from === to ? undefined : step
}

/** What has stood for long and only has to be renewed is, at once; nothing else is started again without a delay. */
const verifyRenewal = ({ after, before: { connection, epoch, life }, event, now }: WorldMove): void => {
  if (event._tag !== "Exited" || event.epoch !== epoch || life._tag !== "Ready" || connection !== "up") return
  const isRenewed = event.renewable === true && now - life.since >= renewableAfterMillis
  assert.equal(after.life._tag === "Starting", isRenewed, "renewed at once")
}

/** A restart is announced as what it is; every other start counts as none. */
const verifyStart = ({ before: { life }, commands, event }: WorldMove): void => {
  const expected = life._tag === "Backoff" && event._tag !== "Wake" ? life.attempt : 0
  for (const command of commands) {
    if (command._tag === "Connect") assert.equal(command.attempt, expected, "the attempt of a start")
  }
}

/** Keeps the book, whose ledger judges every restart and every quarantine. */
const verifyRestarts = ({ after, before, commands, event, now }: WorldMove, book: LifeBook): void => {
  const { ledger, slowTryOf } = book
  const [from, to] = [before.life, after.life]
  const wasWoken = event._tag === "Wake" && ("until" in from || from._tag === "Starting")
  if (wasWoken) ledger.forget()
  for (const command of commands) if (command._tag === "Connect" && command.attempt > 0) ledger.restarted(now)
  if (wasWoken || to._tag !== from._tag) book.slowTryOf = undefined
  if (to._tag === from._tag) return
  if (to._tag === "Starting" && !wasWoken && from._tag !== "Backoff" && "until" in from) book.slowTryOf = from._tag
  if (to._tag === "Ready") ledger.ready(now)
  if ((from._tag === "Ready" || from._tag === "Draining") && to._tag !== "Draining") ledger.ended(now)
  if (!connected.has(from._tag)) return
  if (slowTryOf !== undefined && loss.includes(to._tag)) {
    const isRefused = event._tag === "StartFailed" && event.authentication
    return assert.equal(to._tag, isRefused ? "Parked" : slowTryOf, "INV-13: a slow try that failed starts no new burst")
  }
  if (to._tag === "Backoff") return ledger.judge(restartAfter(to.attempt, to.until - now), now)
  if (to._tag !== "Quarantined") return
  ledger.judge({ _tag: "Quarantine", reason: to.reason, retryMillis: to.until - now }, now)
}

const restartAfter = (attempt: number, delayMillis: number): RestartDecision => ({
  _tag: "Restart",
  attempt,
  delayMillis
})
