/**
 * A raw MCP client over stdio that costs next to nothing itself: requests prepared once as text, one write for all that is
 * sent in a turn, frames cut chunk by chunk, ids found without a parse. Text is latin1 here: one character, one byte.
 */
import { spawn, type ChildProcess } from "node:child_process"
import { endProcess, track } from "./end-process.ts"
import { locateId } from "./frame-id.mjs"

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
  readonly tail: string
}

export interface RawClient {
  readonly pid: number
  /** Sends without waiting; requests of one turn leave in one write. */
  readonly post: (request: Prepared, onReply: OnReply) => number
  readonly notify: (method: string) => void
  /** Sends, and answers with the parsed result; fails on a JSON-RPC error, when the server ends, or when it falls silent. */
  readonly request: (method: string, params: object) => Promise<unknown>
  /** `work`, or the failure of the server meanwhile. */
  readonly guard: <A>(work: Promise<A>) => Promise<A>
  /** Ids of replies that nobody waited for: duplicates, or inventions. */
  readonly strayIds: ReadonlyArray<number>
  /** Closes stdin, waits, and ends what is still there; answers with the number of descendants that had to be killed. */
  readonly close: () => Promise<number>
}

const silenceMillis = 30_000
const stderrKeptBytes = 4_096

const bytesAsText = (value: unknown) => Buffer.from(JSON.stringify(value)).toString("latin1")

export const prepare = (method: string, params: object): Prepared => ({
  tail: `,"method":"${method}","params":${bytesAsText(params)}}\n`
})

/** The frame of `post`'s callback as a value. */
export const parseFrame = (frame: string): unknown => JSON.parse(Buffer.from(frame, "latin1").toString())

const isRecord = (value: unknown): value is Record<string, unknown> => typeof value === "object" && value !== null

const resultOf = (frame: string): unknown => {
  const message = parseFrame(frame)
  if (!isRecord(message) || !("result" in message)) throw new Error(`no result in ${frame.slice(0, 300)}`)
  return message["result"]
}

/** Starts the server. No handshake yet: see `handshake`. */
export const startClient = (launch: Launch): RawClient => {
  const child = spawn(launch.command, launch.args, {
    cwd: launch.cwd,
    env: launch.env,
    stdio: ["pipe", "pipe", "pipe"]
  })
  const { pid, stdin, stdout } = child
  if (pid === undefined) throw new Error(`${launch.command} did not start`)

  track(child)

  const pending = new Map<number, OnReply>()
  const strayIds: Array<number> = []
  let lastId = 0
  let out = ""
  let flushIsDue = false
  const write = (text: string) => {
    out += text
    if (flushIsDue) return
    flushIsDue = true
    queueMicrotask(flush)
  }
  const flush = () => {
    flushIsDue = false
    if (out === "") return
    stdin.write(out, "latin1")
    out = ""
  }

  const onUnusual = (frame: string) => {
    const message = parseFrame(frame)
    if (!isRecord(message) || message["id"] === undefined) return
    if (typeof message["method"] === "string") write(answerTo(message["method"], message["id"]))
    else onReply(Number(message["id"]), frame)
  }
  const onReply = (id: number, frame: string) => {
    const waiting = pending.get(id)
    if (waiting === undefined) {
      strayIds.push(id)
      return
    }
    pending.delete(id)
    waiting(frame)
  }
  const onFrame = (frame: string) => {
    const place = locateId(frame)
    if (place === undefined || place.request) onUnusual(frame)
    else onReply(Number(frame.slice(place.start, place.end)), frame)
  }

  const watch = watchServer(child, () => pending.size)
  const cut = frameCutter(onFrame)
  stdin.on("error", watch.fail)
  stdout.on("data", (chunk: Buffer) => {
    watch.heard()
    flushIsDue = true // nothing leaves before the whole chunk is read
    try {
      cut(chunk.toString("latin1"))
    } catch (cause) {
      watch.fail(cause)
    }
    flush()
  })

  const post = (request: Prepared, onReply: OnReply) => {
    const id = ++lastId
    pending.set(id, onReply)
    write(`{"jsonrpc":"2.0","id":${id}${request.tail}`)
    return id
  }
  const guard = <A>(work: Promise<A>) => Promise.race([work, watch.failed])
  const request = async (method: string, params: object) =>
    resultOf(await guard(new Promise<string>((resolve) => post(prepare(method, params), resolve))))
  const notify = (method: string) => write(`{"jsonrpc":"2.0","method":"${method}"}\n`)
  const close = () => {
    watch.stop()
    return endProcess(child, pid)
  }
  return { pid, post, notify, request, guard, strayIds, close }
}

const answerTo = (method: string, id: unknown) => {
  const outcome = method === "ping" ? '"result":{}' : '"error":{"code":-32601,"message":"Method not found"}'
  return `{"jsonrpc":"2.0","id":${bytesAsText(id)},${outcome}}\n`
}

const frameCutter = (onFrame: (frame: string) => void) => {
  let held = ""
  return (chunk: string) => {
    let from = 0
    for (let end = chunk.indexOf("\n"); end !== -1; end = chunk.indexOf("\n", from)) {
      const frame = held === "" ? chunk.slice(from, end) : held + chunk.slice(from, end)
      held = ""
      from = end + 1
      onFrame(frame)
    }
    if (from < chunk.length) held += chunk.slice(from)
  }
}

/** Turns the server's end, or its silence while calls are waiting, into one rejected promise. */
const watchServer = (child: ChildProcess, waiting: () => number) => {
  const { promise: failed, reject: fail } = Promise.withResolvers<never>()
  failed.catch(() => {}) // also when nobody is racing it just now
  let stderr = ""
  let heardAt = performance.now()
  child.stderr?.on("data", (chunk: Buffer) => {
    stderr = (stderr + chunk.toString()).slice(-stderrKeptBytes)
  })
  child.on("error", fail)
  child.on("close", (code, signal) => fail(new Error(`the server ended (${code ?? signal}): ${stderr.trim()}`)))
  const timer = setInterval(() => {
    const silence = performance.now() - heardAt
    if (waiting() === 0) heardAt = performance.now()
    else if (silence > silenceMillis) {
      fail(new Error(`${waiting()} calls unanswered and nothing heard for ${silenceMillis} ms: ${stderr.trim()}`))
    }
  }, 1_000)
  return { failed, fail, heard: () => void (heardAt = performance.now()), stop: () => clearInterval(timer) }
}
