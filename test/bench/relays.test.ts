import { assert, describe, it } from "@effect/vitest"
import { spawn } from "node:child_process"
import { once } from "node:events"
import { join } from "node:path"
import { createInterface } from "node:readline"

/** Answers three requests at a time, the last one first; two in the SDK's order of members, one in no usual order. */
const reversingServer = `
const waiting = []
require("node:readline").createInterface({ input: process.stdin }).on("line", (line) => {
  const { id, params } = JSON.parse(line)
  waiting.push(waiting.length === 1 ? { id, result: params, jsonrpc: "2.0" } : { result: params, jsonrpc: "2.0", id })
  if (waiting.length === 3) process.stdout.write(waiting.reverse().map((reply) => JSON.stringify(reply) + "\\n").join(""))
})`

/** What a client gets for these requests through the relay, in the order in which it arrives. */
const repliesTo = async (relay: string, requests: ReadonlyArray<object>): Promise<ReadonlyArray<unknown>> => {
  const child = spawn(process.execPath, [join(import.meta.dirname, relay), process.execPath, "-e", reversingServer])
  const ended = once(child, "close")
  child.stdin.write(requests.map((request) => `${JSON.stringify(request)}\n`).join(""))
  const replies: Array<unknown> = []
  for await (const line of createInterface({ input: child.stdout })) {
    if (replies.push(JSON.parse(line)) === requests.length) child.stdin.end()
  }
  await ended
  return replies
}

describe.each(["relay-parse.mjs", "relay-splice.mjs"])("%s", (relay) => {
  it("gives every call its own reply under the client's id when replies come in another order", async () => {
    const ids = [70, "a \u20ac", 5]
    const text = 'quoted "id":9} and \u20ac'
    const requests = ids.map((id) => ({ jsonrpc: "2.0", id, method: "echo", params: { text, of: id } }))
    assert.deepStrictEqual(
      await repliesTo(relay, requests),
      ids.toReversed().map((id) => ({ jsonrpc: "2.0", id, result: { text, of: id } }))
    )
  })
})
