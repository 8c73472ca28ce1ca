import { isJsonObject } from "../domain/Json.ts"
import { readJson } from "../protocol/JsonRead.ts"

/**
 * The language of the attach socket: this greeting, then MCP frames, `closingLine`, `pingLine` and `pongLine`. Another
 * number: no attach.
 */
export const attachProtocol = 2

/** How long either side waits for the other's greeting. */
export const helloMillis = 1_000

/** The first line in each direction of the attach socket. */
export interface AttachHello {
  readonly protocol: number
  /** The gateway's version; for people. */
  readonly version: string
  /** Real path of the configuration file; null: the built-in defaults. */
  readonly config: string | null
  readonly pid: number
  /** Why the sender can't take this client; then nothing follows. */
  readonly refused?: string
}

/** No MCP frame begins so: a JSON-RPC message made by the gateway begins with `jsonrpc`. */
const mark = "sentinel-gateway"

/**
 * Says that the sender is about to end. From the serving side: what runs may end, nothing new is begun. The relay says
 * it back once it sends no more requests: everything it has sent is before it.
 */
export const closingLine = JSON.stringify({ [mark]: "closing" })

/** The relay asks whether the serving side lives. */
export const pingLine = JSON.stringify({ [mark]: "ping" })

/** The answer to it, at once. */
export const pongLine = JSON.stringify({ [mark]: "pong" })

const ownFirst = `{"${mark}"`

/** Whether a frame might be taken for a line of this language. No frame that means something to a gateway begins so. */
export const looksOwn = (frame: string): boolean => frame.startsWith(ownFirst)

export const helloLine = (hello: AttachHello): string => JSON.stringify({ [mark]: "attach", ...hello })

/** Reads the first line of the other side; undefined for anything but a greeting. */
export const readHello = (line: string): AttachHello | undefined => {
  const value = readJson(line)
  if (!isJsonObject(value) || value[mark] !== "attach") return undefined
  const { config, pid, protocol, refused, version } = value
  if (typeof protocol !== "number" || typeof version !== "string" || typeof pid !== "number") return undefined
  if (typeof config !== "string" && config !== null) return undefined
  return { protocol, version, config, pid, ...(typeof refused === "string" && { refused }) }
}

/** Why these two do not work as one gateway; undefined if they do. */
export const mismatchOf = (own: AttachHello, other: AttachHello): string | undefined => {
  if (other.protocol !== own.protocol) {
    return `it speaks version ${other.protocol} of the attach protocol (sentinel ${other.version}), not ${own.protocol}`
  }
  if (other.config === own.config) return undefined
  return `it runs on ${named(other.config)}, not on ${named(own.config)}`
}

const named = (config: string | null): string => config ?? "the built-in configuration"
