import { assert, describe, it } from "@effect/vitest"
import { mkdirSync, mkdtempSync } from "node:fs"
import { join } from "node:path"
import { type JsonObject } from "../../src/domain/Json.ts"
import { objectIn, textIn } from "../fixtures/envelope.ts"
import { journalOf, startHttpBackend } from "../fixtures/httpBackend.ts"
import { startHttpGateway } from "../fixtures/httpGateway.ts"
import { runDirectory } from "../fixtures/runDirectory.ts"
import { eras, call } from "../gateway/eras.ts"
import { connectAs } from "./combinations.ts"

const clientCount = 8
const restarts = 3

/** What is known about a call from its reply. */
const certaintyIn = (reply: JsonObject): string => {
  if (reply["result"] !== undefined) return "completed"
  const error = objectIn(reply, "error")
  return textIn(objectIn(error, "data"), "certainty", "failed")
}

describe("a backend that is killed and comes back while calls are running", () => {
  for (const server of eras) {
    it(`each call to a ${server} one has one outcome, none is sent twice, and calls go on after it (INV-1, INV-3)`, async () => {
      mkdirSync(runDirectory(), { recursive: true })
      const journal = join(mkdtempSync(join(runDirectory(), "j-")), "journal")
      const flags = ["--journal", journal]
      let backend = await startHttpBackend(server, flags)
      let restarting: Promise<void> | undefined
      await using _backend = {
        [Symbol.asyncDispose]: async () => {
          await Promise.allSettled([restarting])
          await backend.kill()
        }
      }
      const table = { name: "b", type: "http", url: backend.url, restart_base_ms: 20, max_restarts: 50 }
      await using serve = await startHttpGateway({ backends: [{ ...table, circuit_breaker_threshold: 1_000 }] })
      const clients = await Promise.all(
        Array.from({ length: clientCount }, (_, at) => connectAs(serve.url, eras[at % 2] ?? "legacy"))
      )
      const over = new AbortController()
      await using _clients = {
        [Symbol.asyncDispose]: async () => {
          over.abort()
          await Promise.allSettled(clients.map((client) => client.close()))
        }
      }
      const outcomes = new Map<string, string>()
      const run = async (at: number) => {
        const era = eras[at % 2] ?? "legacy"
        const client = clients[at]
        if (client === undefined) return
        for (let n = 0; !over.signal.aborted; n++) {
          const text = `call-${at}-${n}`
          const reply = await call(client, era, "b__echo-later", { text, ms: 5 })
          assert.isFalse(outcomes.has(text), "a call ended twice")
          outcomes.set(text, certaintyIn(reply))
          if (reply["result"] === undefined) await new Promise((resolve) => setTimeout(resolve, 5))
        }
      }
      const running = Promise.all(clients.map((_, at) => run(at)))
      const completed = () => [...outcomes.values()].filter((certainty) => certainty === "completed").length
      const progress = async (more: number) => {
        const goal = completed() + more
        while (completed() < goal && !over.signal.aborted) await new Promise((resolve) => setTimeout(resolve, 5))
      }
      const restarted = async () => {
        await progress(40)
        for (let restart = 0; restart < restarts && !over.signal.aborted; restart++) {
          await backend.kill()
          backend = await startHttpBackend(server, [...flags, "--port", String(backend.port)])
          await progress(40)
        }
      }
      // The clients never end by themselves, only by what is wrong.
      restarting = restarted()
      await Promise.race([running, restarting])
      over.abort()
      await running
      await backend.kill()

      const came = journalOf(journal).map((message) =>
        textIn(objectIn(objectIn(message, "params"), "arguments"), "text", "")
      )
      assert.strictEqual(new Set(came).size, came.length, "a call was sent twice")
      const arrived = new Set(came)
      for (const [text, certainty] of outcomes) {
        if (certainty === "completed") assert.isTrue(arrived.has(text))
        if (certainty === "not_sent") assert.isFalse(arrived.has(text), `${text} is said not to have been sent`)
      }
    }, 60_000)
  }
})
