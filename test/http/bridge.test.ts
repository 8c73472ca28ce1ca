import { afterAll, assert, beforeAll, describe, it } from "@effect/vitest"
import { type JsonObject } from "../../src/domain/Json.ts"
import { objectIn, textOf } from "../fixtures/envelope.ts"
import { type HttpClient } from "../fixtures/httpClient.ts"
import { startHttpGateway, type RunningHttpGateway } from "../fixtures/httpGateway.ts"
import { modernComplete } from "../fixtures/modernClient.ts"
import { answerAll, answerTo, everything, questions } from "../gateway/answers.ts"
import { call, eras, speak, type Spoken } from "../gateway/eras.ts"
import { allBackends, allUp, connectAs, isolations, lines, nameOf, type Backends } from "./combinations.ts"

describe("over HTTP, clients and backends of either era", () => {
  let backends: Backends
  let serve: RunningHttpGateway
  const clients = {} as Record<Spoken, HttpClient>
  beforeAll(async () => {
    backends = await allBackends()
    serve = await startHttpGateway({ backends: backends.tables })
    await allUp(serve.url)
    for (const era of eras) clients[era] = await connectAs(serve.url, era, everything)
    answerAll(clients.legacy)
  })
  afterAll(async () => {
    for (const era of eras) await clients[era].close()
    await serve.stop()
    await backends[Symbol.asyncDispose]()
  })

  /** Calls a tool and answers what its backend asks. */
  const asked = (era: Spoken, name: string, args: JsonObject = {}) =>
    era === "legacy"
      ? call(clients.legacy, era, name, args)
      : modernComplete(
          clients.modern,
          "tools/call",
          { name, arguments: args },
          { capabilities: everything, answer: answerTo }
        ).then(({ reply }) => reply)

  for (const client of eras) {
    for (const server of eras) {
      for (const line of lines) {
        for (const isolation of isolations) {
          const backend = nameOf(server, line, isolation)
          const name = (tool: string) => `${backend}__${tool}`

          describe(`a ${client} client and a ${server} backend, ${line}, ${isolation}`, () => {
            it("calls a tool", async () => {
              const reply = await call(clients[client], client, name("echo"), { text: "žluťoučký" })
              assert.strictEqual(textOf(reply), "žluťoučký")
            })

            it("hears of the progress, before the reply and under its own token", async () => {
              const from = clients[client].messages.length
              const options = { progressToken: 7, capabilities: everything }
              await call(clients[client], client, name("progress"), { steps: 2 }, options)
              const heard = clients[client].messages.slice(from).map((message) => objectIn(message, "params"))
              const steps = heard.filter(({ progressToken }) => progressToken === 7).map(({ progress }) => progress)
              assert.deepStrictEqual(steps, [1, 2])
            })

            // A shared legacy connection asks nobody: its questions could not be told apart (ADR 0004).
            const asks = server === "modern" || isolation === "session"
            for (const { method, tool } of asks ? questions : []) {
              it(`answers ${method}`, async () => {
                const reply = await asked(client, name(tool))
                assert.notInclude(JSON.stringify(reply), '"error"')
              })
            }
          })
        }
      }
    }
  }

  it("lists the tools of every backend to both", async () => {
    for (const era of eras) {
      const list = JSON.stringify(await speak(clients[era], era, "tools/list"))
      for (const server of eras)
        for (const line of lines)
          for (const isolation of isolations) assert.include(list, `"${nameOf(server, line, isolation)}__echo"`)
    }
  })
})
