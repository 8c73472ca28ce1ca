import { assert, describe, it } from "@effect/vitest"
import { countAnswers } from "./exactly-once.ts"
import { startClient } from "./raw-client.ts"
import type { Target } from "./targets.ts"
import { openWorkshop } from "./workshop.ts"

/** An echo server that answers call 10 twice, call 20 never, and call 30 with another text. */
const faultyServer = `
const reply = (id, result) => process.stdout.write(JSON.stringify({ jsonrpc: "2.0", id, result }) + "\\n")
require("node:readline").createInterface({ input: process.stdin }).on("line", (line) => {
  const { id, method, params } = JSON.parse(line)
  if (method === "initialize") reply(id, {})
  if (method === "tools/list") reply(id, { tools: [{ name: "a__echo" }, { name: "b__echo" }] })
  if (method !== "tools/call") return
  const { text } = params.arguments
  if (text === "call 20 of its own") return
  reply(id, { content: [{ type: "text", text: text === "call 30 of its own" ? "another" : text }] })
  if (text === "call 10 of its own") reply(id, {})
})`

const target: Target = {
  name: "direct",
  hasState: false,
  isPeer: false,
  without: [],
  start: async () =>
    startClient({
      command: process.execPath,
      args: ["-e", faultyServer],
      cwd: import.meta.dirname,
      env: { PATH: process.env["PATH"] }
    })
}

describe("1,000 calls in flight", () => {
  it("shows the call answered twice, the one never answered, and the one answered wrongly", async () => {
    using workshop = openWorkshop()
    const answers = await countAnswers(target, 2, workshop, { answerMillis: 1_000, duplicateMillis: 1 })
    // Ids 1 and 2 were the handshake's, so call N has id N + 3.
    assert.deepStrictEqual(answers.duplicates, [13])
    assert.deepStrictEqual(answers.missing, [23])
    assert.strictEqual(answers.wrong.length, 1)
    assert.strictEqual(answers.answeredOnce, 997)
  })
})
