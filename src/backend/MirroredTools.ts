import { isJsonObject } from "../domain/Json.ts"
import type { Json, JsonObject } from "../domain/Json.ts"
import { parse } from "../protocol/Envelope.ts"
import { mirroredHeaders, mirroredParams } from "../protocol/MirroredParams.ts"
import type { MirroredParam } from "../protocol/MirroredParams.ts"

type ByTool = Map<string, ReadonlyArray<MirroredParam>>

/**
 * Which arguments of which tool go out as headers too, learned from the tool lists that the server gives: page by page,
 * for a list may have no end. What a whole list does not name is forgotten.
 */
export class MirroredTools {
  readonly #limit: number
  #known: ByTool = new Map()
  /** Of the list that is being read. */
  #read: ByTool = new Map()

  /** `limit`: most tools that are remembered. */
  constructor(limit: number) {
    this.#limit = limit
  }

  /** A reply to `tools/list`, which asked with these parameters. */
  learn(asked: JsonObject, frame: string): void {
    const reply = parse(frame)
    if (reply._tag !== "Reply" || reply.kind !== "result") return
    if (asked["cursor"] === undefined) this.#read = new Map()
    const { nextCursor, tools } = reply.value
    if (Array.isArray(tools)) for (const tool of tools) this.#note(tool)
    if (typeof nextCursor !== "string") this.#known = this.#read
  }

  /** The headers of a call, name and value in turn. */
  headers(params: JsonObject): Array<string> {
    if (this.#known.size === 0) return []
    const { name } = params
    const mirrored = typeof name === "string" ? this.#known.get(name) : undefined
    return mirrored === undefined ? [] : mirroredHeaders(mirrored, params["arguments"])
  }

  #note(tool: Json): void {
    const name = isJsonObject(tool) ? tool["name"] : undefined
    // Of two tools with one name the first one counts.
    if (!isJsonObject(tool) || typeof name !== "string" || this.#read.has(name)) return
    const mirrored = mirroredParams(tool["inputSchema"])
    this.#known.delete(name)
    if (typeof mirrored === "string" || mirrored.length === 0 || this.#read.size >= this.#limit) return
    this.#read.set(name, mirrored)
    this.#known.set(name, mirrored)
    const [oldest] = this.#known.keys()
    if (this.#known.size > this.#limit && oldest !== undefined) this.#known.delete(oldest)
  }
}
