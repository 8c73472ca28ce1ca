import { afterAll, assert, beforeAll, describe, it } from "@effect/vitest"
import { type JsonObject } from "../../src/domain/Json.ts"
import { textIn, textOf } from "../fixtures/envelope.ts"
import { type HttpClient } from "../fixtures/httpClient.ts"
import { startHttpGateway, type RunningHttpGateway } from "../fixtures/httpGateway.ts"
import { modernComplete, modernMeta, modernRequest } from "../fixtures/modernClient.ts"
import { answerTo, everything } from "../gateway/answers.ts"
import { eras } from "../gateway/eras.ts"
import { allBackends, allUp, connectAs, lines, nameOf, type Backends } from "./combinations.ts"

const clientCount = 100
const rounds = 3

/** Every client has a word of its own, and sends it in all it does. */
const canaryOf = (client: number, round: number, tool: string) => `canary-${client}-${round}-${tool}`

describe("100 clients at once, all with the same ids", () => {
  let backends: Backends
  let serve: RunningHttpGateway
  const clients: Array<{ readonly client: HttpClient; readonly era: (typeof eras)[number] }> = []
  beforeAll(async () => {
    backends = await allBackends({ max_sessions: 128, max_in_flight: 64, max_queued: 256 })
    // Without the one kind that would be a process for each client.
    const tables = backends.tables.filter(({ name }) => !String(name).endsWith("stdio-session"))
    serve = await startHttpGateway({ backends: tables, extra: "[gateway]\nmax_calls = 2048\n" })
    await allUp(serve.url)
    for (let at = 0; at < clientCount; at++) {
      const era = eras[at % 2] ?? "legacy"
      clients.push({ era, client: await connectAs(serve.url, era, everything) })
    }
  })
  afterAll(async () => {
    await Promise.all(clients.map(({ client }) => client.close()))
    await serve.stop()
    await backends[Symbol.asyncDispose]()
  })

  const request = ({ client, era }: (typeof clients)[number], id: number, name: string, args: JsonObject) => {
    const params = { name, arguments: args }
    return era === "legacy"
      ? client.request("tools/call", params, { id })
      : modernRequest(client, "tools/call", params, { id })
  }

  for (const server of eras) {
    for (const line of lines) {
      it(`INV-1 each gets its own word back from the ${server} ${line} backend, however late and in whatever order`, async () => {
        const name = `${nameOf(server, line, "shared")}__echo-later`
        for (let round = 0; round < rounds; round++) {
          const replies = await Promise.all(
            clients.map((each, at) => {
              const args = { text: canaryOf(at, round, name), ms: ((at * 37 + round * 11) % 50) + 1 }
              return request(each, round + 1, name, args)
            })
          )
          replies.forEach((reply, at) => {
            assert.strictEqual(reply["id"], round + 1)
            assert.strictEqual(textOf(reply), canaryOf(at, round, name))
          })
        }
      })
    }
  }

  it("those that go away in the middle of a call leave the others theirs", async () => {
    const name = `${nameOf("modern", "http", "shared")}__echo-later`
    const outcomes = clients.map(({ client, era }, at) => {
      const params = { name, arguments: { text: canaryOf(at, 9, "gone"), ms: 60 } }
      if (at % 3 !== 0) return request({ client, era }, 9, name, params.arguments).then(textOf)
      const sent = era === "legacy" ? params : { ...params, _meta: modernMeta() }
      return client.abandonable("tools/call", sent, AbortSignal.timeout(20)).then(() => "gone")
    })
    const texts = await Promise.all(outcomes)
    texts.forEach((text, at) => assert.strictEqual(text, at % 3 === 0 ? "gone" : canaryOf(at, 9, "gone")))
  })

  for (const server of eras) {
    it(`each is asked its own question by the ${server} backend in the middle of a call, and its own answer arrives`, async () => {
      const name = `${nameOf(server, "http", "session")}__ask-elicitation`
      const outcomes = await Promise.all(
        clients.map(async ({ client, era }, at) => {
          const message = canaryOf(at, 0, "question")
          const seen: Array<string> = []
          const answer = (asked: Parameters<typeof answerTo>[0]) => {
            seen.push(textIn(asked.params, "message", ""))
            return answerTo(asked)
          }
          client.onServerRequest("elicitation/create", (params) => answer({ method: "elicitation/create", params }))
          const params = { name, arguments: { message } }
          const reply =
            era === "legacy"
              ? await client.request("tools/call", params)
              : (await modernComplete(client, "tools/call", params, { capabilities: everything, answer })).reply
          return { seen, text: textOf(reply) }
        })
      )
      outcomes.forEach(({ seen, text }, at) => {
        assert.deepStrictEqual(seen, [canaryOf(at, 0, "question")])
        assert.include(text, canaryOf(at, 0, "question"))
      })
    }, 30_000)
  }
})
