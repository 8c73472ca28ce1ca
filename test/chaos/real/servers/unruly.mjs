/**
 * A stateful-era MCP server on stdio that writes each call into a journal before it does anything else, and misbehaves
 * when told to. Plain JavaScript, because it is started again and again while others are measured.
 *
 * Usage: node unruly.mjs [--journal FILE] [--stubborn]
 *   --journal   a line for each tools/call: the process id, a blank, the call's `text`
 *   --stubborn  lives on after the end of stdin and after SIGTERM
 */
import { spawn } from "node:child_process"
import { appendFileSync, closeSync } from "node:fs"

const journalAt = process.argv.indexOf("--journal")
const journal = journalAt === -1 ? undefined : process.argv[journalAt + 1]
const stubborn = process.argv.includes("--stubborn")

/** After this long a process that `fork` started ends even if nobody ends it. */
const forkedSeconds = 30
/** However many are asked for. */
const forkedMost = 250

let silent = false

const words = (text) => ({ content: [{ type: "text", text: String(text) }] })
const later = (millis) => new Promise((resolve) => setTimeout(resolve, millis))

/** Processes that are in this one's group, and `apart` ones with a session of their own and no living parent. */
const crowd = (count, apart) =>
  `n=0; while [ $n -lt ${count - apart} ]; do sleep ${forkedSeconds} & n=$((n + 1)); done
   n=0; while [ $n -lt ${apart} ]; do setsid sleep ${forkedSeconds} & n=$((n + 1)); done; echo started`

/** One process at a time, each of which starts the next in a session of its own and ends. */
const runaway = `step() {
    [ "$1" -gt 0 ] || exit 0
    sleep 0.01
    setsid sh -c "$2" sh $(($1 - 1)) "$2" &
  }
  step "$@"; echo started`

const shell = (script, args, env) =>
  new Promise((resolve) => {
    const child = spawn("sh", ["-c", script, "sh", ...args], { stdio: ["ignore", "pipe", "ignore"], env })
    child.stdout.once("data", () => {
      child.stdout.destroy()
      child.unref()
      resolve(undefined)
    })
  })

const tools = {
  /** Returns `text`, after `ms`. */
  echo: async ({ text, ms = 0 }) => {
    if (ms > 0) await later(ms)
    return words(text)
  },
  pid: () => words(process.pid),
  /** Closes stdout, which no answer leaves any more, and lives on. */
  "close-stdout": () => closeSync(1),
  /** Closes stdin and lives on; says so. */
  "close-stdin": () => {
    closeSync(0)
    setInterval(() => {}, 60_000)
    return words("closed")
  },
  /** Starts `count` processes, `apart` of them outside of its group; `next` it is "ready", "exit"s or "hang"s. */
  fork: async ({ count = 0, apart = 0, next = "ready" }) => {
    const bounded = Math.min(count, forkedMost)
    await shell(crowd(bounded, Math.min(apart, bounded)), [], process.env)
    if (next === "exit") process.exit(3)
    silent = next === "hang"
    return words(bounded)
  },
  /** Starts a process that moves on by starting the next and ending, so many times. */
  "run-away": async ({ count = 0 }) => {
    await shell(runaway, [String(Math.min(count, forkedMost)), runaway], process.env)
    return words("started")
  }
}

const definitions = Object.keys(tools).map((name) => ({ name, inputSchema: { type: "object" } }))

const resultOf = (method, params) => {
  switch (method) {
    case "initialize":
      return {
        protocolVersion: params.protocolVersion,
        capabilities: { tools: {} },
        serverInfo: { name: "unruly", version: "1.0.0" }
      }
    case "tools/list":
      return { tools: definitions }
    case "tools/call":
      if (journal !== undefined) appendFileSync(journal, `${process.pid} ${params.arguments?.text ?? ""}\n`)
      return tools[params.name]?.(params.arguments ?? {})
    case "ping":
      return {}
    default:
      return undefined
  }
}

const receive = async (line) => {
  const { id, method, params } = JSON.parse(line)
  if (id === undefined || method === undefined || silent) return
  const result = await resultOf(method, params)
  if (silent) return
  const outcome = result === undefined ? { error: { code: -32601, message: "Method not found" } } : { result }
  process.stdout.write(`${JSON.stringify({ jsonrpc: "2.0", id, ...outcome })}\n`)
}

let held = ""
process.stdin.setEncoding("utf8")
process.stdin.on("data", (chunk) => {
  const lines = (held + chunk).split("\n")
  held = lines.pop() ?? ""
  for (const line of lines) void receive(line)
})
process.stdin.on("error", () => {})
process.stdout.on("error", () => {})
if (stubborn) {
  setInterval(() => {}, 60_000)
  process.on("SIGTERM", () => {})
}
