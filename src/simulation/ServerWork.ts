import type { Era } from "../domain/Era.ts"
import type { JsonObject } from "../domain/Json.ts"
import { metaKeys } from "../protocol/Meta.ts"
import { callResult, canaryIn } from "./Answers.ts"
import type { ReplyFault } from "./FaultState.ts"
import { errorMessage, notificationMessage, objectIn, resultMessage, textIn } from "./Message.ts"
import { askingTool } from "./Scenario.ts"
import { elicitation, faultIn, questionOf, roundsFor } from "./ServerQuestions.ts"
import type { ServerQuestions } from "./ServerQuestions.ts"
import type { Delivery, ServerLine } from "./ServerLine.ts"
import type { SimulatedServer } from "./SimulatedServer.ts"

/** A reply that was to be overtaken goes after this time at the latest. */
const overtakenMillis = 2_000

/** What the work on calls needs of its session. */
export interface Workplace {
  readonly server: SimulatedServer
  readonly line: ServerLine
  readonly era: Era
  readonly questions: ServerQuestions
  /** What the client behind the gateway can do, as far as it is said for the whole session. */
  readonly capabilities: () => JsonObject
  /** Sends the reply to a request. */
  readonly reply: (id: string, text: string, how?: Delivery) => void
  /** Does something in so many milliseconds, if the process still lives and runs then. */
  readonly later: (millis: number, act: () => void) => void
}

interface Work {
  readonly id: string
  readonly method: string
  readonly params: JsonObject
  readonly canary: string
  isWanted: boolean
}

/** The calls that one process works on, and what becomes of their replies. */
export class ServerWork {
  readonly #place: Workplace
  readonly #working = new Map<string, Work>()
  #overtaken: (() => void) | undefined

  constructor(place: Workplace) {
    this.#place = place
  }

  /** Ids of the calls that it works on. */
  get ids(): Iterable<string> {
    return this.#working.keys()
  }

  /** Nobody waits for this one any more. */
  cancelled(id: string): void {
    const work = this.#working.get(id)
    if (work !== undefined) work.isWanted = this.#place.server.ignoresCancel(work.canary)
  }

  begin(id: string, method: string, params: JsonObject): void {
    const { later, line, server } = this.#place
    const { faults, world } = server
    const canary = canaryIn(params)
    const round = roundIn(params, canary)
    if (round === 0) world.arrived(line.record, canary)
    else world.resumed(line.record, canary, faultOf(params, canary, round))
    if (faults.takeCrashOnCall()) return line.die("exited with code 1")
    if (faults.takeMute()) return
    const work: Work = { id, method, params, canary, isWanted: true }
    this.#working.set(id, work)
    const millis = server.workMillis(canary)
    this.#tell(work, millis)
    later(millis, () => this.#worked(work, round))
  }

  /** Says how far it is, and what it does. */
  #tell({ canary, id, params }: Work, millis: number): void {
    const { era, later, line, server } = this.#place
    const meta = objectIn(params, "_meta")
    const { progressToken } = meta
    if (progressToken !== undefined) {
      later(millis / 2, () => {
        const progress = { progressToken, progress: 1, total: 2, message: `half of ${canary}` }
        line.mention(notificationMessage("notifications/progress", progress), id)
      })
    }
    if (server.plan.logs !== true || (era === "stateless" && textIn(meta, metaKeys.logLevel) === "")) return
    const log = { level: "info", logger: "work", data: `works on ${canary}` }
    line.mention(notificationMessage("notifications/message", log), id)
  }

  #worked(work: Work, round: number): void {
    if (!work.isWanted) return void this.#working.delete(work.id)
    const { capabilities, era, line, server } = this.#place
    const asks = work.method === "tools/call" && textIn(work.params, "name") === askingTool
    if (!asks) return this.#end(work)
    const declared =
      era === "stateful" ? capabilities() : objectIn(objectIn(work.params, "_meta"), metaKeys.clientCapabilities)
    const rounds = roundsFor(work.canary, declared["elicitation"] !== undefined)
    if (round >= rounds) return this.#end(work)
    if (era === "stateful") return this.#ask(work, rounds)
    this.#working.delete(work.id)
    server.world.givenBack(line.record, work.canary)
    this.#place.reply(work.id, resultMessage(work.id, inputRequired(work.canary, round + 1)))
  }

  /** Asks on the line that the call came on, and ends the call when it has all its answers. */
  #ask(work: Work, rounds: number, round = 1): void {
    const { line, questions } = this.#place
    if (!line.isHeard()) return this.#end(work)
    const question = questionOf(work.canary, round)
    questions.ask("elicitation/create", elicitation(question), question, () => {
      if (!work.isWanted) return void this.#working.delete(work.id)
      if (round < rounds) this.#ask(work, rounds, round + 1)
      else this.#end(work)
    })
  }

  #end(work: Work): void {
    const { era, server } = this.#place
    const { faults } = server
    const { id, method, params } = work
    const code = faults.takeError()
    const text = (pad = 0) =>
      code === undefined ? resultMessage(id, callResult(era, method, params, pad)) : errorMessage(id, code, "it failed")
    this.#reply(work, text, faults.takeReply())
  }

  #reply({ id }: Work, text: (pad?: number) => string, fault: ReplyFault | undefined): void {
    const { later, line, reply, server } = this.#place
    const send = (what: string, how?: Delivery) => {
      this.#working.delete(id)
      server.remember(id)
      reply(id, what, how)
      const overtaken = this.#overtaken
      this.#overtaken = undefined
      overtaken?.()
    }
    switch (fault?._tag) {
      case undefined:
        return send(text())
      case "CrashInReply":
        return send(text(), { share: fault.share })
      case "Late":
        return later(fault.millis, () => send(text()))
      case "Twice":
        send(text())
        return line.deliver(text(), id)
      case "Reorder":
        return this.#letOvertake(() => send(text()))
      case "Pieces":
        return send(text(), fault)
      case "Oversize":
        return send(server.oversizeText)
      case "Large":
        return send(text(server.padFor(fault.share, text().length)))
      case "HalfJson":
        return send(text().slice(0, text().length / 2))
    }
  }

  #letOvertake(held: () => void): void {
    if (this.#overtaken !== undefined) return held()
    this.#overtaken = held
    this.#place.later(overtakenMillis, () => {
      if (this.#overtaken !== held) return
      this.#overtaken = undefined
      held()
    })
  }
}

const keyOf = "only"

const inputRequired = (canary: string, round: number): JsonObject => ({
  resultType: "input_required",
  inputRequests: { [keyOf]: { method: "elicitation/create", params: elicitation(questionOf(canary, round)) } },
  requestState: stateOf(canary, round)
})

const stateOf = (canary: string, round: number): string => `${round} rounds, ${canary.replace("canary", "query")}`

/** How often the client has been asked for this call; a stateless server knows that from the call alone. */
const roundIn = (params: JsonObject, canary: string): number => {
  const state = textIn(params, "requestState")
  if (state === "") return "inputResponses" in params ? -1 : 0
  return [1, 2].find((round) => state === stateOf(canary, round)) ?? -1
}

const faultOf = (params: JsonObject, canary: string, round: number): string | undefined =>
  round < 0
    ? `"${textIn(params, "requestState")}" is none of the states of ${canary}`
    : faultIn(objectIn(objectIn(params, "inputResponses"), keyOf), questionOf(canary, round))
