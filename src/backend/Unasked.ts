import type { BackendSpec } from "../domain/BackendSpec.ts"
import type { LooseQuestion } from "../domain/Call.ts"
import { isJsonObject } from "../domain/Json.ts"
import type { JsonObject } from "../domain/Json.ts"
import type { RequestId } from "../domain/Request.ts"
import { capabilityFor } from "../protocol/Capabilities.ts"
import { jsonRpcCodes } from "../protocol/JsonRpcCodes.ts"
import { metaKeys, withoutHopMeta } from "../protocol/Meta.ts"
import type { BackendEvents } from "./BackendEvents.ts"
import type { Connection, ConnectionEvents } from "./Connection.ts"
import type { InFlight } from "./InFlight.ts"
import type { Interests } from "./Interests.ts"
import type { Relisting } from "./Relisting.ts"

/** What it takes to hear what a backend says unasked. */
export interface UnaskedContext {
  readonly spec: BackendSpec
  readonly events: BackendEvents
  readonly inFlight: InFlight
  readonly relisting: Relisting
  readonly interests: Interests
  /** The present connection. */
  readonly connection: () => Connection | undefined
  /** The present connection broke the protocol. */
  readonly violated: (reason: string) => void
}

/** What a connection of a backend brings besides replies: changes, log messages, questions. */
export class Unasked implements ConnectionEvents {
  readonly #context: UnaskedContext
  /** Questions of the present connection that are put to a client, and how each is taken back; clients bound them. */
  readonly #open = new Map<LooseQuestion, () => void>()

  constructor(context: UnaskedContext) {
    this.#context = context
  }

  /** The present connection has ended: nobody waits for answers to its questions. */
  detach(): void {
    const open = [...this.#open.values()]
    this.#open.clear()
    for (const withdraw of open) withdraw()
  }

  onViolation(reason: string): void {
    this.#context.violated(reason)
  }

  onNotification(method: string, params: JsonObject, about: string | undefined): void {
    const { events, inFlight, interests, relisting } = this.#context
    switch (method) {
      case "notifications/tools/list_changed":
      case "notifications/prompts/list_changed":
      case "notifications/resources/list_changed":
        return relisting.changed()
      case "notifications/resources/updated":
        // The stream it came on is the gateway's own; a client's streams have ids of their own.
        return events.onResourceUpdated(withoutHopMeta(params))
      case "notifications/message":
        if (!inFlight.log(params, about)) events.onNotice(method, params)
        return
      case "notifications/subscriptions/acknowledged":
        return interests.acknowledged(subscriptionOf(params))
      case "notifications/elicitation/complete":
        return events.onNotice(method, params)
    }
  }

  onRequest(id: RequestId, method: string, params: JsonObject): void {
    const { connection: present, events, inFlight, spec } = this.#context
    const connection = present()
    if (connection === undefined) return
    if (method === "ping") return connection.respond(id, {})
    const capability = capabilityFor(method)
    if (capability === undefined) {
      return connection.refuse(id, jsonRpcCodes.methodNotFound, `the client has no method ${JSON.stringify(method)}`)
    }
    if (spec.isolation === "shared") {
      return connection.refuse(id, jsonRpcCodes.methodNotFound, `${method} needs isolation = "session" for this server`)
    }
    if (inFlight.ask(id, method, params, capability)) return
    const question: LooseQuestion = {
      method,
      params,
      answer: (given) => {
        this.#open.delete(question)
        if (present() === connection) connection.answer(id, given)
      },
      whenGone: (withdraw) => {
        if (present() === connection) this.#open.set(question, withdraw)
        else withdraw()
      }
    }
    events.onQuestion(question)
  }
}

/** Which of the gateway's own streams a notification is of. */
const subscriptionOf = ({ _meta: meta }: JsonObject): unknown =>
  isJsonObject(meta) ? meta[metaKeys.subscriptionId] : undefined
