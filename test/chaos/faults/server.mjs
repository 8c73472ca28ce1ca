/**
 * A small MCP server on stdio that fails on demand: one tool for each fault of its own, `slow` for those that come from
 * outside. Plain Node, because its start is part of every recovery.
 * Usage: node server.mjs <folder>. The folder gets the journal; its file `failing-starts` says how many of the next
 * starts die of the first message.
 */
import { closeSync, readFileSync, writeFileSync, writeSync } from "node:fs"
import { join } from "node:path"
import { echoed, initialized, journalIn, replyFrame, toolNamed, unknownMethodFrame } from "./tools.mjs"

const folder = process.argv[2]
const journal = journalIn(folder)
const slowMillis = 60_000
const oversizeBytes = 5 * 1024 * 1024

const takeFailingStart = () => {
  const file = join(folder, "failing-starts")
  try {
    const left = Number(readFileSync(file, "utf8"))
    if (left > 0) writeFileSync(file, String(left - 1))
    return left > 0
  } catch {
    return false
  }
}

let isClosed = false

/** Synchronous: all of it has left before the next line of code. */
const write = (text) => {
  if (isClosed) return // the descriptor may be another file's by now
  const bytes = Buffer.from(text)
  for (let at = 0; at < bytes.length;) {
    try {
      at += writeSync(1, bytes, at)
    } catch (cause) {
      if (cause.code !== "EAGAIN") throw cause
    }
  }
}
const send = (frame) => write(`${frame}\n`)

const grown = []
const names = [
  "echo",
  "slow",
  "exit",
  "close-stdout",
  "half-frame",
  "garbage",
  "twice",
  "unknown-id",
  "oversize",
  "silent",
  "grow"
]

const tools = {
  echo: (id, text) => send(replyFrame(id, echoed(text))),
  slow: (id, text) => setTimeout(() => send(replyFrame(id, echoed(text))), slowMillis),
  exit: () => process.exit(1),
  "close-stdout": () => {
    isClosed = true
    closeSync(1)
    setTimeout(() => {}, slowMillis) // lives on, also when its stdin is closed
  },
  "half-frame": (id, text) => {
    const frame = replyFrame(id, echoed(text))
    write(frame.slice(0, frame.length / 2))
    process.exit(1)
  },
  garbage: (id, text) => {
    send("Server listening on port 3000")
    send(replyFrame(id, echoed(text)))
  },
  twice: (id, text) => {
    send(replyFrame(id, echoed(text)))
    send(replyFrame(id, echoed(`${text} again`)))
  },
  "unknown-id": (_, text) => send(replyFrame(987_654_321, echoed(text))),
  oversize: (id, text) => process.stdout.write(`${replyFrame(id, echoed(text.padEnd(oversizeBytes, "o")))}\n`),
  silent: () => {},
  grow: (id, text) => {
    grown.push(text)
    send('{"jsonrpc":"2.0","method":"notifications/tools/list_changed"}')
    send(replyFrame(id, echoed(text)))
  }
}

const call = (id, { name, arguments: { text } = {} }) => {
  if (tools[name] === undefined) return send(unknownMethodFrame(id))
  journal("call", { tool: name, text })
  tools[name](id, text)
}

const receive = ({ id, method, params }) => {
  if (id === undefined || method === undefined) return
  if (method === "initialize") send(replyFrame(id, initialized(params.protocolVersion)))
  else if (method === "tools/list") send(replyFrame(id, { tools: [...names, ...grown].map(toolNamed) }))
  else if (method === "tools/call") call(id, params)
  else if (method === "ping") send(replyFrame(id, {}))
  else send(unknownMethodFrame(id))
}

const diesOfTheFirstMessage = takeFailingStart()
journal("start", { failing: diesOfTheFirstMessage })

let held = ""
process.stdin.setEncoding("utf8")
process.stdin.on("data", (chunk) => {
  if (diesOfTheFirstMessage) process.exit(1)
  const lines = (held + chunk).split("\n")
  held = lines.pop()
  for (const line of lines) if (line !== "") receive(JSON.parse(line))
})
