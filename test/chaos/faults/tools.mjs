/** What the faulty servers list and answer, on stdio and over HTTP, and the journal of what reached them. */
import { appendFileSync } from "node:fs"
import { join } from "node:path"

export const now = () => performance.timeOrigin + performance.now()

/** Appends a line at once, so that it stands there whatever happens to this process next. */
export const journalIn = (folder) => (event, more) =>
  appendFileSync(join(folder, "journal"), `${JSON.stringify({ at: now(), pid: process.pid, event, ...more })}\n`)

const schema = { type: "object", properties: { text: { type: "string" } } }

export const toolNamed = (name) => ({ name, description: `The tool ${name}`, inputSchema: schema })

/** With the process id, so that a caller knows which incarnation has answered. */
export const echoed = (text) => ({ content: [{ type: "text", text: `${process.pid} ${text}` }] })

export const initialized = (version) => ({
  protocolVersion: version,
  capabilities: { tools: { listChanged: true } },
  serverInfo: { name: "faulty", version: "1.0.0" }
})

export const replyFrame = (id, result) => JSON.stringify({ jsonrpc: "2.0", id, result })

export const unknownMethodFrame = (id) =>
  JSON.stringify({ jsonrpc: "2.0", id, error: { code: -32601, message: "Method not found" } })
