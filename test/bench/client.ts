/** What every client of the benchmark can do, over stdio and over HTTP. Its text is latin1: one character, one byte. */

/** How a server under measurement is started. `cwd` is the project's root. */
export interface Launch {
  readonly command: string
  readonly args: ReadonlyArray<string>
  readonly env: NodeJS.ProcessEnv
  readonly cwd: string
}

export type OnReply = (frame: string) => void

/** Everything of a request but its id, ready to be written. */
export interface Prepared {
  /** What goes before the message; over HTTP the head up to the body's length. */
  readonly head: string
  readonly tail: string
}

export interface RawClient {
  /** Of the process under measurement. */
  readonly pid: number
  /** What the protocol wants before the first request: in the stateful era `initialize`. */
  readonly open: () => Promise<void>
  readonly prepare: (method: string, params: object) => Prepared
  /** Sends without waiting; answers with the id. */
  readonly post: (request: Prepared, onReply: OnReply) => number
  /** Sends, and answers with the parsed result; fails on a JSON-RPC error, when the server ends, or when it falls silent. */
  readonly request: (method: string, params: object) => Promise<unknown>
  /** `work`, or the failure of the server meanwhile. */
  readonly guard: <A>(work: Promise<A>) => Promise<A>
  /** Ids of replies that nobody waited for: duplicates, or inventions. */
  readonly strayIds: ReadonlyArray<number>
  /** Closes its side, waits, and ends what is still there; answers with the number of descendants that had to be killed. */
  readonly close: () => Promise<number>
}

export const clientName = { name: "sentinel-bench", version: "1.0.0" }

/** Of `initialize`, the opening of the stateful era. */
export const initializeParams = { protocolVersion: "2025-11-25", capabilities: {}, clientInfo: clientName }

export const bytesAsText = (value: unknown) => Buffer.from(JSON.stringify(value)).toString("latin1")

/** The end of a request's frame, after its id. */
export const tailOf = (method: string, params: object) => `,"method":"${method}","params":${bytesAsText(params)}}`

/** The frame of `post`'s callback as a value. */
export const parseFrame = (frame: string): unknown => JSON.parse(Buffer.from(frame, "latin1").toString())

export const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null

export const resultOf = (frame: string): unknown => {
  const message = parseFrame(frame)
  if (!isRecord(message) || !("result" in message)) throw new Error(`no result in ${frame.slice(0, 300)}`)
  return message["result"]
}
