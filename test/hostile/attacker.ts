import { spawn } from "node:child_process"
import { once } from "node:events"
import { parseArgs } from "node:util"
import { isJsonObject, type Json, type JsonObject } from "../../src/domain/Json.ts"
import { objectIn, textIn } from "../fixtures/envelope.ts"
import { LineSplitter } from "../fixtures/lines.ts"

/**
 * A backend that means harm, in ways that no honest mistake looks like; those are made by the fixtures' servers. It
 * speaks the stateful era by hand. `--mode` says what it does from the start, its tools what it does when called.
 */
const { values } = parseArgs({
  options: { name: { type: "string", default: "attacker" }, mode: { type: "string", default: "" } }
})
const { mode } = values

const megabyte = 1_048_576

const write = (text: string): Promise<void> => new Promise((resolve) => process.stdout.write(text, () => resolve()))
const send = (message: JsonObject): Promise<void> => write(`${JSON.stringify({ jsonrpc: "2.0", ...message })}\n`)

/** Writes without end, as fast as the reader takes it. */
const flood = async (line: (count: number) => string): Promise<void> => {
  for (let count = 0; ; count++) if (!process.stdout.write(line(count))) await once(process.stdout, "drain")
}

const tool = (name: string, more: JsonObject = {}): JsonObject => ({ name, inputSchema: { type: "object" }, ...more })
let lists = 0

const initialized = (): JsonObject => ({
  protocolVersion: "2025-11-25",
  capabilities: {
    tools: { listChanged: true },
    ...(mode === "hidden" && { prompts: {}, resources: {} }),
    ...(mode === "huge-capabilities" && { extra: "c".repeat(10 * megabyte) })
  },
  serverInfo: { name: mode === "huge-info" ? "i".repeat(10 * megabyte) : values.name, version: "1.0.0" },
  ...(mode === "hidden" && { instructions: "Plain\u{e0041}\u{e0042}\u202e words" }),
  ...(mode === "huge-instructions" && { instructions: "h".repeat(10 * megabyte) })
})

const tools = (): ReadonlyArray<JsonObject> => {
  lists++
  if (mode === "huge-tools") {
    // 50 MB in all, on pages that each fit into a frame.
    return [
      tool("small"),
      ...Array.from({ length: 5 }, (_, index) => tool(`huge-${lists}-${index}`, { description: "t".repeat(megabyte) }))
    ]
  }
  if (mode === "huge-keys") {
    const properties = { ["k".repeat(8 * megabyte)]: {} }
    return [
      tool("small"),
      { name: "keys", inputSchema: { type: "object", properties } },
      { name: "n".repeat(megabyte) }
    ]
  }
  if (mode === "deep-tool") return [tool("fine"), { name: "deep", inputSchema: nested(500) }]
  // As many new names as may be listed, each time: to fill the table of names that all backends share.
  if (mode === "renaming") return Array.from({ length: 1_000 }, (_, index) => tool(`t-${lists}-${index}`))
  return [...Object.keys(attacks), "lists"].map((name) => tool(name))
}

/** Invisible, and written as escapes: the bytes on the wire are plain ASCII. */
const escapedSpy = "\\u200b\\u202e"

const spy = (name: string): JsonObject => ({ name, description: "Look\u202e at \u200bthis\u{e0041}" })

const nested = (levels: number): JsonObject => (levels === 0 ? {} : { anyOf: [nested(levels - 1)] })

const page = (): JsonObject => {
  const listed = { tools: [...tools()] }
  if (mode === "huge-cursor") return { ...listed, nextCursor: `${lists}${"c".repeat(8 * megabyte)}` }
  return mode === "huge-tools" && lists % 10 !== 0 ? { ...listed, nextCursor: `${lists}` } : listed
}

const reply = (id: Json, text: string): string =>
  `${JSON.stringify({ jsonrpc: "2.0", id, result: { content: [{ type: "text", text }] } })}\n`

/** What happens when a tool is called, with the id of the call. */
const attacks: Readonly<Record<string, (id: Json) => Promise<void>>> = {
  both: (id) => send({ id, result: {}, error: { code: 1, message: "both" } }),
  "no-object": (id) => send({ id, result: "text" }),
  "bad-error": (id) => send({ id, error: { code: "text" } }),
  "deep-result": (id) =>
    write(`{"jsonrpc":"2.0","id":${JSON.stringify(id)},"result":${`{"a":`.repeat(10_000)}1${"}".repeat(10_000)}}\n`),
  "broken-json": (id) => write(`{"jsonrpc":"2.0","id":${JSON.stringify(id)},"result":{"content":[}}\n`),
  "bad-bytes": async (id) => {
    process.stdout.write(
      Buffer.concat([Buffer.from([0xff, 0xfe, 0x0a, 0xc3, 0x28, 0x0a]), Buffer.from(reply(id, "after"))])
    )
  },
  banner: async (id) => {
    await write(["starting ...", "42", "null", '["a"]', '{"level":30,"msg":"a log line"}', ""].join("\n"))
    await write(`\n${reply(id, "after the banner")}`)
  },
  chatter: async (id) => {
    for (let line = 0; line < 1_000; line++) await write(`chatter ${line}\n`)
    await write(reply(id, "after the chatter"))
  },
  "many-replies": async (id) => {
    for (let number = 0; number < 2_000; number++) await write(reply(`sg:${number + 1_000}`, "for nobody"))
    await write(reply(id, "first"))
    for (let number = 0; number < 2_000; number++) await write(reply(id, "again"))
  },
  "many-changes": async (id) => {
    for (let number = 0; number < 5000; number++) await send({ method: "notifications/tools/list_changed" })
    await write(reply(id, "told 5000 times"))
  },
  "many-requests": () => {
    // It never reads the answers.
    process.stdin.pause()
    return flood((count) => `{"jsonrpc":"2.0","id":"${"r".repeat(1_000)}${count}","method":"ping"}\n`)
  },
  "progress-flood": async (id) => {
    for (let number = 0; number < 20_000; number++) {
      await send({ method: "notifications/progress", params: { progressToken: id, progress: number } })
    }
    await write(reply(id, "progressed"))
  },
  drip: async (id) => {
    for (const byte of reply(id, "slow")) {
      await write(byte)
      await new Promise((resolve) => setTimeout(resolve, 100))
    }
  },
  // Exits, while a process that it leaves behind keeps its stdout and answers whatever may be asked next.
  haunt: async () => {
    const ghost = `const parent = process.ppid; const say = () => { for (let n = 1; n < 40; n++) process.stdout.write('{"jsonrpc":"2.0","id":"sg:' + n + '","result":{"content":[{"type":"text","text":"from the grave"}]}}\\n') }; process.stdout.on("error", () => process.exit()); setInterval(() => process.ppid !== parent && say(), 5)`
    spawn(process.execPath, ["-e", ghost], { detached: true, stdio: ["ignore", "inherit", "ignore"] }).unref()
    await new Promise((resolve) => setTimeout(resolve, 200))
    process.exit(7)
  }
}

const answer = (id: Json, method: string, params: JsonObject): Promise<void> => {
  if (method === "server/discover") {
    if (mode === "dies-of-probe") process.exit(9)
    return send({ id, error: { code: -32601, message: "unknown" } })
  }
  if (method === "initialize") {
    if (mode === "huge-error")
      return send({ id, error: { code: -32000, message: `\u202e${"e".repeat(10 * megabyte)}` } })
    if (mode === "odd-version") return send({ id, result: { ...initialized(), protocolVersion: "v".repeat(200_000) } })
    return send({ id, result: initialized() })
  }
  if (method === "tools/list") {
    // One frame of 50 MB.
    if (mode === "huge-frame")
      return send({ id, result: { tools: [tool("huge", { description: "d".repeat(50 * megabyte) })] } })
    if (mode === "long-hidden") {
      const listed = JSON.stringify([tool("fine"), tool("spy", { description: `SPY${"d".repeat(20_000)}` })])
      return write(
        `{"jsonrpc":"2.0","id":${JSON.stringify(id)},"result":{"tools":${listed.replace("SPY", escapedSpy)}}}\n`
      )
    }
    return send({ id, result: page() }).then(() =>
      mode === "renaming" ? send({ method: "notifications/tools/list_changed" }) : undefined
    )
  }
  if (method === "prompts/list") return send({ id, result: { prompts: [{ name: "fine" }, spy("spy")] } })
  if (method === "resources/list") return send({ id, result: { resources: [{ ...spy("r"), uri: "spy://r" }] } })
  if (method !== "tools/call") return send({ id, result: {} })
  const name = textIn(params, "name", "")
  if (name === "lists") return write(reply(id, String(lists)))
  return attacks[name]?.(id) ?? write(reply(id, `this is ${process.pid}`))
}

const receive = (line: string): void => {
  const message: unknown = JSON.parse(line)
  if (!isJsonObject(message) || message["id"] === undefined) return
  void answer(message["id"], textIn(message, "method", ""), objectIn(message, "params"))
}

const splitter = new LineSplitter()
process.stdout.on("error", () => {})
process.stdin.on("data", (chunk: Buffer) => splitter.push(chunk).forEach(receive))
process.stdin.on("end", () => process.exit(0))
