/**
 * A raw MCP client over stdio that costs next to nothing itself: requests prepared once as text, one write for all that is
 * sent in a turn, frames cut chunk by chunk, ids found without a parse.
 */
import { spawn } from "node:child_process"
import { answerTo, openCalls } from "./calls.ts"
import {
  initializeParams,
  resultOf,
  tailOf,
  type Launch,
  type OnReply,
  type Prepared,
  type RawClient
} from "./client.ts"
import { endProcess, track } from "./end-process.ts"
import { watchServers } from "./watch.ts"

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

  const calls = openCalls((method, id) => write(`${answerTo(method, id)}\n`))
  const watch = watchServers([child], calls.waiting)
  const cut = frameCutter(calls.receive)
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

  const prepare = (method: string, params: object): Prepared => ({ head: "", tail: `${tailOf(method, params)}\n` })
  const post = (request: Prepared, onReply: OnReply) => {
    const id = calls.add(onReply)
    write(`{"jsonrpc":"2.0","id":${id}${request.tail}`)
    return id
  }
  const guard = <A>(work: Promise<A>) => Promise.race([work, watch.failed])
  const request = async (method: string, params: object) =>
    resultOf(await guard(new Promise<string>((resolve) => post(prepare(method, params), resolve))))
  const open = async () => {
    await request("initialize", initializeParams)
    write('{"jsonrpc":"2.0","method":"notifications/initialized"}\n')
  }
  const close = () => {
    watch.stop()
    return endProcess(child, pid)
  }
  return { pid, open, prepare, post, request, guard, strayIds: calls.strayIds, close }
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
