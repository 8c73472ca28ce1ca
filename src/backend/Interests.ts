import type { JsonObject } from "../domain/Json.ts"
import { isJsonObject } from "../domain/Json.ts"
import type { LogLevel } from "../domain/Request.ts"
import type { BackendReply } from "./Connection.ts"
import { errandBounds, Errands } from "./Errands.ts"
import type { Peer } from "./Handshake.ts"
import type { Line } from "./Line.ts"

const setLevel = "logging/setLevel"
const noHop = { capabilities: {}, clientInfo: undefined, logLevel: undefined }

/** One `subscriptions/listen` stream. */
interface Stream {
  id: string
  /** The server has begun it. */
  isStanding: boolean
}

/** Most resource URIs watched at one backend. */
export const watchLimit = 1_000

/**
 * What the gateway wants to go on hearing from a backend: list changes, updates of watched resources, log messages
 * from a level on. Kept over reconnects and told to each new connection in its era: single requests in the stateful
 * era, one `subscriptions/listen` stream in the stateless one (MCP 2026-07-28, patterns/subscriptions).
 */
export class Interests {
  readonly #watched = new Set<string>()
  #level: LogLevel | undefined
  #line: Line | undefined
  #peer: Peer | undefined
  #stream: Stream | undefined
  /** The stream before it, which still tells everything as long as the new one has not begun. */
  #older: Stream | undefined
  /** The single requests of a stateful connection. */
  readonly #errands = new Errands()
  /** Resources of which a stateful server does not know whether they are watched: it could not be told. */
  readonly #untold = new Set<string>()
  #isLevelUntold = false
  /** How often the server refused what, in a way that says little. */
  readonly #refusals = new Map<string, number>()
  /** The open stream does not have today's filter. */
  #changed = false
  /** The stream ended by itself, and none took its place. */
  #broken = false
  /** There was a stream, and changes may have been told since it ended: nobody heard them. */
  #hasGap = false
  /** The stream that had not begun at the last `revive`. */
  #late: Stream | undefined
  /** How often it may be opened again at once. */
  #revivals = 1

  attach(line: Line, peer: Peer): void {
    this.#line = line
    this.#peer = peer
    this.#stream = undefined
    this.#older = undefined
    this.#hasGap = false
    this.#changed = false
    this.#broken = false
    this.#late = undefined
    this.#revivals = 1
    this.#untold.clear()
    this.#isLevelUntold = false
    this.#refusals.clear()
    this.#errands.attach(line)
    if (line.dialect.era === "stateless") return this.#listen()
    for (const uri of this.#watched) this.#tell(uri)
    this.#sendLevel()
  }

  detach(): void {
    this.#line = undefined
    this.#errands.attach(undefined)
    this.#peer = undefined
    this.#stream = undefined
    this.#older = undefined
  }

  /** Watches a resource; false when too many are watched. */
  watch(uri: string): boolean {
    if (this.#watched.has(uri)) return true
    if (this.#watched.size >= watchLimit) return false
    this.#watched.add(uri)
    if (this.#line?.dialect.era === "stateless") this.#changed = true
    else this.#tell(uri)
    return true
  }

  unwatch(uri: string): void {
    if (!this.#watched.delete(uri)) return
    this.#refusals.delete(uri)
    if (this.#line?.dialect.era === "stateless") this.#changed = true
    else this.#tell(uri)
  }

  /** Now and then: a stream that broke off may be opened again, and what could not be told is told again. */
  revive(): void {
    this.#errands.tick()
    const untold = [...this.#untold]
    this.#untold.clear()
    for (const uri of untold) this.#tell(uri)
    if (this.#isLevelUntold) this.#sendLevel()
    this.#revivals = 1
    if (this.#broken) this.#changed = true
    // A server that does not say that a stream has begun: what was told before it did, on the older one only, is lost.
    if (this.#late !== undefined && this.#late === this.#stream) this.#assumeStanding(this.#late)
    this.#late = this.#stream?.isStanding === false ? this.#stream : undefined
  }

  /** The server says that a stream has begun. */
  acknowledged(id: unknown): void {
    if (this.#stream === undefined || this.#stream.id !== id) return
    this.#stream.isStanding = true
    this.#retire()
  }

  #assumeStanding(stream: Stream): void {
    stream.isStanding = true
    this.#hasGap = true
    this.#retire()
  }

  /**
   * Tells a stateless backend what has changed: once, for each stream repeats the whole filter. True: a stream took the
   * place of one that had ended, and what is known of the lists may be of before.
   */
  settle(): boolean {
    if (this.#changed) this.#listen()
    if (!this.#hasGap || this.#stream?.isStanding !== true) return false
    this.#hasGap = false
    return true
  }

  logLevel(level: LogLevel): void {
    this.#level = level
    this.#refusals.delete(setLevel)
    this.#sendLevel()
  }

  #sendLevel(): void {
    this.#isLevelUntold = false
    if (this.#level === undefined || this.#line?.dialect.era !== "stateful") return
    if (!isJsonObject(this.#peer?.capabilities["logging"])) return
    this.#errands.send(setLevel, { level: this.#level }, (isRefused) => {
      this.#isLevelUntold = !isRefused || this.#mayAgain(setLevel)
    })
  }

  #tell(uri: string): void {
    const isWatched = this.#watched.has(uri)
    this.#errands.send(isWatched ? "resources/subscribe" : "resources/unsubscribe", { uri }, (isRefused) => {
      // What nobody watches any more may be forgotten: an update too many is dropped.
      const isRoom = this.#watched.has(uri) || this.#untold.size < watchLimit
      if (isRoom && (!isRefused || (isWatched && this.#mayAgain(uri)))) this.#untold.add(uri)
    })
  }

  /** Whether to try once more what was refused. */
  #mayAgain(what: string): boolean {
    const refusals = (this.#refusals.get(what) ?? 0) + 1
    this.#refusals.set(what, refusals)
    return refusals <= errandBounds.refusals
  }

  /** Opens the stream with today's filter. The older one ends when that stands, so that nothing is missed in between. */
  #listen(): void {
    this.#changed = false
    const line = this.#line
    if (line === undefined) return
    const before = this.#stream
    if (before?.isStanding === true) this.#older = before
    this.#stream = undefined
    this.#broken = false
    const filter = this.#filter()
    if (Object.keys(filter).length > 0) this.#stream = this.#open(line, filter)
    else this.#retire()
    if (before === undefined || before.isStanding) return
    this.#forget(before)
    // It may have begun, and nothing else told of changes since.
    if (this.#older === undefined) this.#hasGap = true
  }

  #open({ connection, dialect }: Line, filter: JsonObject): Stream {
    const stream: Stream = { id: "", isStanding: false }
    const waiter = {
      // By an error a server says that there was no stream.
      reply: ({ _tag }: BackendReply) => this.#ended(stream, _tag === "Result"),
      lost: () => this.#ended(stream, true),
      progress: () => undefined
    }
    stream.id = connection.request(dialect, "subscriptions/listen", { notifications: filter }, noHop, waiter, false)
    return stream
  }

  /** A stream is over, and its line may still stand: it is opened again at once, but not over and over. */
  #ended(stream: Stream, wasThere: boolean): void {
    if (wasThere) this.#hasGap = true
    if (stream === this.#older) this.#older = undefined
    if (stream !== this.#stream) return
    this.#stream = undefined
    this.#broken = true
    if (this.#line === undefined || this.#revivals === 0) return
    this.#revivals--
    this.#changed = true
  }

  #retire(): void {
    if (this.#older !== undefined) this.#forget(this.#older)
    this.#older = undefined
  }

  #forget({ id }: Stream): void {
    const connection = this.#line?.connection
    if (connection?.forget(id) === true) {
      connection.notify("notifications/cancelled", { requestId: id, reason: "replaced" })
    }
  }

  #filter(): JsonObject {
    const capabilities = this.#peer?.capabilities ?? {}
    const changes = (name: string) => {
      const capability = capabilities[name]
      return isJsonObject(capability) && capability["listChanged"] === true
    }
    return {
      ...(changes("tools") ? { toolsListChanged: true } : undefined),
      ...(changes("prompts") ? { promptsListChanged: true } : undefined),
      ...(changes("resources") ? { resourcesListChanged: true } : undefined),
      ...(this.#watched.size > 0 ? { resourceSubscriptions: [...this.#watched] } : undefined)
    }
  }
}
