import type { JsonObject } from "../domain/Json.ts"
import type { Gateway } from "../gateway/Gateway.ts"
import { metaKeys } from "../protocol/Meta.ts"
import { questionIn } from "./ClientAnswers.ts"
import type { ClientAnswers } from "./ClientAnswers.ts"
import { ClientLine } from "./ClientLine.ts"
import { capabilitiesOf, described, newCall, requestFor } from "./ClientRequest.ts"
import type { CallOf, ClientRequest } from "./ClientRequest.ts"
import { ClientWatches } from "./ClientWatches.ts"
import type { Watch } from "./ClientWatches.ts"
import { errorMessage, isReply, objectIn, readMessage, resultMessage, textIn } from "./Message.ts"
import type { CallRecord } from "./Observation.ts"
import type { ClientPlan } from "./Scenario.ts"
import type { World } from "./World.ts"

type Running = Gateway["Service"]

/** Room for the names of calls that are made at the same time. */
const callsInAnInstant = 100

/** A list that was asked for; `names`: of the tools in it, once it is there. */
export interface Listing {
  names: ReadonlyArray<string> | undefined
  /** It was told since that there are others; or would not have been, because no stream was open yet to tell it. */
  isStale: boolean
}

/** A call without an outcome, as it was put in the last time. */
interface Open {
  readonly call: CallRecord
  readonly request: ClientRequest
}

/** A client of the gateway in one of three ways: a session of either era, or requests that stand alone. */
export class SimulatedClient {
  readonly plan: ClientPlan
  /** What it was listed last. */
  listed: Listing | undefined
  readonly #number: number
  readonly #world: World
  readonly #answers: ClientAnswers
  readonly #line: ClientLine
  #ids = 0
  readonly #open = new Map<number, Open>()
  /** Requests whose replies say nothing. */
  readonly #others = new Set<number>()
  readonly #listings = new Map<number, Listing>()
  readonly #watches = new ClientWatches()
  /** Questions without an answer so far, by their ids, and what calls the answer off. */
  readonly #questions = new Map<string, (() => void) | undefined>()
  /** Calls that wait for its own answer, and what calls that off. */
  readonly #away = new Map<number, () => void>()
  readonly #canaries = new Set<number>()

  constructor(plan: ClientPlan, number: number, world: World, answers: ClientAnswers, gateway: Running) {
    this.plan = plan
    this.#number = number
    this.#world = world
    this.#answers = answers
    this.#line = new ClientLine(plan, gateway, (text) => this.#received(text))
    this.comeBack(gateway)
  }

  /** Puts in so many calls at once. */
  call(of: CallOf, count: number): ReadonlyArray<CallRecord> {
    const texts: Array<string> = []
    const calls: Array<CallRecord> = []
    for (let index = 0; index < count; index++) {
      const id = ++this.#ids
      const canary = this.#newCanary()
      const call = newCall(this.plan.name, id, canary, of, this.#world.now)
      const request = requestFor(of, canary)
      this.#open.set(id, { call, request })
      this.#world.asked(call)
      calls.push(call)
      if (this.plan.batches === true) texts.push(this.#text(id, request, call))
      else this.#put(id, request, call)
    }
    if (texts.length > 0) this.#line.send(`[${texts.join(",")}]`)
    this.#line.flush()
    return calls
  }

  /** Named by its time, not by what was before it: leaving another call out changes nothing of this one. */
  #newCanary(): string {
    let own = Math.round(this.#world.now) * callsInAnInstant
    while (this.#canaries.has(own)) own++
    this.#canaries.add(own)
    return `canary-${this.#number}-${own}`
  }

  list(): Listing {
    const id = ++this.#ids
    const listing: Listing = { names: undefined, isStale: this.plan.kind !== "stateful" && this.watching.length === 0 }
    this.#listings.set(id, listing)
    this.#put(id, { method: "tools/list", params: {} }, undefined)
    this.#line.flush()
    return listing
  }

  /** Wants to hear of a resource, or not any more. Requests that stand alone hear nothing. */
  watch(uri: string, isOn: boolean): void {
    if (!this.#line.isOpen) return
    const known = this.#watches.requestOf(uri)
    if (isOn === (known !== undefined)) return
    const id = ++this.#ids
    if (known === undefined) this.#watches.begin(id, uri)
    else this.#watches.end(known)
    if (this.plan.kind === "stateful") {
      this.#others.add(id)
      this.#put(id, { method: isOn ? "resources/subscribe" : "resources/unsubscribe", params: { uri } }, undefined)
    } else if (isOn) {
      const notifications = { resourceSubscriptions: [uri], toolsListChanged: true }
      this.#put(id, { method: "subscriptions/listen", params: { notifications } }, undefined)
    } else {
      this.#line.cancel(known ?? 0)
    }
    this.#line.flush()
  }

  /** What it watches, as far as that was agreed to. */
  get watching(): ReadonlyArray<Watch> {
    return this.#watches.agreed
  }

  /** Does not want one of its calls any more. */
  cancel(pick: number): void {
    const open = [...this.#open]
    const [id, { call }] = open[pick % Math.max(1, open.length)] ?? [0, {}]
    if (call === undefined) return
    this.#abandon(id, call)
    if (call.isAway === true && this.plan.kind !== "stateful") return
    this.#line.cancel(id)
    this.#line.flush()
  }

  /** Ends its session, with all that runs in it. */
  leave(): void {
    for (const [id, { call }] of [...this.#open]) {
      this.#abandon(id, call)
      if (this.plan.kind === "lone") this.#line.cancel(id)
    }
    this.#line.cancelAll()
    for (const id of this.#questions.keys()) this.#settle(id, "leaves")
    this.#listings.clear()
    this.listed = undefined
    this.#line.close()
    this.#watches.clear()
    this.#others.clear()
    this.#line.flush()
  }

  /** Comes back, perhaps to another gateway. */
  comeBack(gateway: Running): void {
    this.#line.open(gateway)
    if (this.plan.kind === "stateful") this.#introduce()
  }

  /** From now on it answers everything at once. */
  heal(): void {
    this.#answers.heal()
  }

  #abandon(id: number, call: CallRecord): void {
    call.cancelledAt = this.#world.now
    this.#open.delete(id)
    this.#away.get(id)?.()
    this.#away.delete(id)
    this.#world.saw({ _tag: "Cancelled", call })
  }

  #introduce(): void {
    const clientInfo = { name: this.plan.name, version: "1" }
    const protocolVersion = this.plan.batches === true ? "2025-03-26" : "2025-11-25"
    const capabilities = capabilitiesOf(this.plan)
    this.#put(0, { method: "initialize", params: { protocolVersion, capabilities, clientInfo } }, undefined)
    this.#line.notify("notifications/initialized", {})
    if (this.plan.isCurious === true) {
      this.#put(-1, { method: "logging/setLevel", params: { level: "debug" } }, undefined)
    }
    this.#line.flush()
  }

  #text(id: number, request: ClientRequest, call: CallRecord | undefined): string {
    return JSON.stringify({ jsonrpc: "2.0", id, ...described(this.plan, request, call?.canary) })
  }

  #put(id: number, request: ClientRequest, call: CallRecord | undefined): void {
    this.#line.request(id, this.#text(id, request, call), this.#open.has(id) || this.#listings.has(id))
  }

  #received(text: string): void {
    const message = readMessage(text)
    if (!isReply(message)) return this.#told(message, text)
    const id = Number(message["id"])
    const open = this.#open.get(id)
    if (open !== undefined) return this.#answered(id, open, message)
    const listing = this.#listings.get(id)
    const isOpening = id <= 0 && this.plan.kind === "stateful"
    const isWatch = this.#watches.has(id)
    if (listing !== undefined) this.#hasListed(id, listing, message)
    if (isWatch) this.#agreed(id, message["error"] === undefined)
    const isAwaited = isOpening || listing !== undefined || isWatch || this.#others.delete(id)
    this.#world.saw({ _tag: isAwaited ? "Told" : "Stray", client: this.plan.name, text })
  }

  #hasListed(id: number, listing: Listing, message: JsonObject): void {
    this.#listings.delete(id)
    this.#line.answered(id)
    if (message["error"] !== undefined) return
    listing.names = namesIn(message)
    this.listed = listing
  }

  #told(message: JsonObject, text: string): void {
    const method = textIn(message, "method")
    if (textIn(message, "id") !== "") return this.#isAsked(textIn(message, "id"), method, objectIn(message, "params"))
    const params = objectIn(message, "params")
    const isInVain = method === "notifications/resources/updated" && !this.#watches.updated(textIn(params, "uri"))
    this.#world.saw({ _tag: isInVain ? "Stray" : "Told", client: this.plan.name, text })
    if (method === "notifications/subscriptions/acknowledged") {
      const id = Number(objectIn(params, "_meta")[metaKeys.subscriptionId])
      if (this.#watches.has(id)) this.#agreed(id, true)
    }
    if (method === "notifications/cancelled") this.#settle(textIn(objectIn(message, "params"), "requestId"), "forgets")
    if (method === "notifications/tools/list_changed" && this.listed !== undefined) this.listed.isStale = true
  }

  #agreed(id: number, isAgreed: boolean): void {
    this.#others.delete(id)
    this.#watches.answered(id, isAgreed)
  }

  /** A question of a server, in the stateful era. */
  #isAsked(id: string, method: string, params: JsonObject): void {
    this.#world.saw({
      _tag: "Question",
      client: this.plan.name,
      id,
      text: `${id} ${method} ${textIn(params, "message")}`
    })
    for (const { call } of this.#open.values()) call.asked = (call.asked ?? 0) + 1
    this.#questions.set(
      id,
      this.#answers.answer(params, (result) => {
        this.#settle(id, "answers")
        const isNo = textIn(result, "action") === "decline"
        this.#line.send(isNo ? errorMessage(id, -1, "the user said no") : resultMessage(id, result))
        this.#line.flush()
      })
    )
  }

  #settle(id: string, how: string): void {
    if (!this.#questions.has(id)) return
    this.#questions.get(id)?.()
    this.#questions.delete(id)
    this.#world.saw({ _tag: "QuestionOver", client: this.plan.name, id, how })
  }

  #answered(id: number, open: Open, message: JsonObject): void {
    this.#line.answered(id)
    const { call } = open
    const question = this.plan.kind === "stateful" ? undefined : questionIn(objectIn(message, "result"))
    if (question !== undefined) return this.#asksBack(id, open, question)
    this.#open.delete(id)
    call.replies.push({ at: this.#world.now, message })
    this.#world.saw({ _tag: "Replied", call, message })
  }

  /** A question in place of a result, in the stateless era: the call is put in once more, with the answer. */
  #asksBack(id: number, { call, request }: Open, question: NonNullable<ReturnType<typeof questionIn>>): void {
    call.asked = (call.asked ?? 0) + 1
    call.isAway = true
    const name = this.plan.name
    this.#world.saw({
      _tag: "Question",
      client: name,
      id: String(id),
      text: `${id} ${textIn(question.params, "message")}`
    })
    const over = (how: string) => this.#world.saw({ _tag: "QuestionOver", client: name, id: String(id), how })
    const off = this.#answers.answer(question.params, (result) => {
      over("answers")
      this.#away.delete(id)
      this.#open.delete(id)
      const { requestState } = question
      const params = { ...request.params, inputResponses: { [question.key]: result }, requestState }
      const again = { method: request.method, params }
      const next = ++this.#ids
      call.isAway = false
      this.#open.set(next, { call, request })
      this.#put(next, again, call)
      this.#line.flush()
    })
    this.#away.set(id, () => {
      off?.()
      over("gives up")
    })
    if (off === undefined) this.#abandon(id, call)
  }
}

const namesIn = (message: JsonObject): ReadonlyArray<string> => {
  const tools = objectIn(message, "result")["tools"]
  return Array.isArray(tools) ? tools.map((tool: JsonObject) => String(tool["name"])) : []
}
