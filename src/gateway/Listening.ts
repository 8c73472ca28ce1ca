import { isJsonObject } from "../domain/Json.ts"
import type { JsonObject } from "../domain/Json.ts"
import type { RequestId } from "../domain/Request.ts"
import { metaKeys, withMeta } from "../protocol/Meta.ts"
import { notificationFrame, resultFrame } from "../protocol/Splice.ts"
import type { OutLine } from "./OutLine.ts"
import type { ListChanges } from "./SessionPort.ts"
import { concerns } from "./SubResource.ts"
import { watchesPerSession } from "./Watches.ts"

/** What one `subscriptions/listen` stream wants to hear (MCP 2026-07-28, patterns/subscriptions). */
interface Filter {
  readonly toolsListChanged: boolean
  readonly promptsListChanged: boolean
  readonly resourcesListChanged: boolean
  readonly resourceSubscriptions: ReadonlyArray<string>
}

/** Most streams of one session. */
export const listenLimit = 64
/** Most resources that one stream watches; the rest is left out, and of the acknowledgement too. */
export const urisPerStream = watchesPerSession

/** The open `subscriptions/listen` streams of one stateless client; each message names its stream. */
export class Listening {
  readonly #streams = new Map<RequestId, Filter>()
  readonly #line: Pick<OutLine, "send" | "reply" | "sendHint" | "unanswered">

  constructor(line: Pick<OutLine, "send" | "reply" | "sendHint" | "unanswered">) {
    this.#line = line
  }

  has(id: RequestId): boolean {
    return this.#streams.has(id)
  }

  /** Opens a stream and acknowledges it, first of all its messages; the URIs to watch, or `undefined` at the bound. */
  open(id: RequestId, params: JsonObject): ReadonlyArray<string> | undefined {
    if (this.#streams.size >= listenLimit) return undefined
    const wanted = isJsonObject(params["notifications"]) ? params["notifications"] : {}
    const uris = wanted["resourceSubscriptions"]
    const filter: Filter = {
      toolsListChanged: wanted["toolsListChanged"] === true,
      promptsListChanged: wanted["promptsListChanged"] === true,
      resourcesListChanged: wanted["resourcesListChanged"] === true,
      resourceSubscriptions: Array.isArray(uris) ? distinctTexts(uris).slice(0, urisPerStream) : []
    }
    this.#streams.set(id, filter)
    const agreed = Object.fromEntries(
      Object.entries(filter).filter(([, value]) => (Array.isArray(value) ? value.length > 0 : value === true))
    )
    this.#line.send(streamFrame(id, "notifications/subscriptions/acknowledged", { notifications: agreed }), id)
    return filter.resourceSubscriptions
  }

  /** The client ended a stream; the URIs that no stream watches any more. */
  close(id: RequestId): ReadonlyArray<string> {
    const filter = this.#streams.get(id)
    if (this.#streams.delete(id)) this.#line.unanswered(id)
    const others = new Set([...this.#streams.values()].flatMap(({ resourceSubscriptions }) => resourceSubscriptions))
    return filter?.resourceSubscriptions.filter((uri) => !others.has(uri)) ?? []
  }

  listsChanged(changes: ListChanges): void {
    for (const [id, filter] of this.#streams) {
      if (changes.tools && filter.toolsListChanged) this.#hint(id, "notifications/tools/list_changed", {})
      if (changes.prompts && filter.promptsListChanged) this.#hint(id, "notifications/prompts/list_changed", {})
      if (changes.resources && filter.resourcesListChanged) this.#hint(id, "notifications/resources/list_changed", {})
    }
  }

  resourceUpdated(params: JsonObject): void {
    const uri = params["uri"]
    if (typeof uri !== "string") return
    for (const [id, { resourceSubscriptions }] of this.#streams) {
      if (resourceSubscriptions.some((watched) => concerns(watched, uri))) {
        this.#hint(id, "notifications/resources/updated", params, uri)
      }
    }
  }

  /** Ends every stream the graceful way: each gets its reply ("Graceful Closure"). */
  end(): void {
    for (const id of this.#streams.keys()) {
      const result = { resultType: "complete", _meta: { [metaKeys.subscriptionId]: id } }
      this.#line.reply(id, resultFrame(id, JSON.stringify(result)))
    }
    this.#streams.clear()
  }

  /** `uri`: of the resource, if it is about one. */
  #hint(id: RequestId, method: string, params: JsonObject, uri = ""): void {
    this.#line.sendHint(`${method} ${JSON.stringify(id)} ${uri}`, streamFrame(id, method, params), id)
  }
}

const streamFrame = (id: RequestId, method: string, params: JsonObject): string =>
  notificationFrame(method, withMeta(params, { [metaKeys.subscriptionId]: id }))

const distinctTexts = (values: ReadonlyArray<unknown>): ReadonlyArray<string> => [
  ...new Set(values.filter((value) => typeof value === "string"))
]
