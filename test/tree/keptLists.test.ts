import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import type { JsonObject } from "../../src/domain/Json.ts"
import type { Principal } from "../../src/domain/Principal.ts"
import { errorOf, resultOf, textOf } from "../fixtures/envelope.ts"
import { MemoryBackend, echoing } from "./memoryBackend.ts"
import { memoryGateway, pass, specOf } from "./memoryGateway.ts"
import { Poster } from "./memoryPosts.ts"

const can: JsonObject = { elicitation: {} }
const [ada, eve]: [Principal, Principal] = [{ id: "ada" }, { id: "eve" }]

/** A backend that shows each new connection another tool. */
const perSession = () =>
  new MemoryBackend(specOf("a", { isolation: "session" }), { tools: ["common"] }, { onCall: echoing })

const show = (backend: MemoryBackend, tool: string): void => {
  backend.offers = { ...backend.offers, tools: [tool] }
}

const namesIn = (reply: JsonObject): ReadonlyArray<string> => {
  const { tools } = resultOf(reply)
  return Array.isArray(tools) ? tools.map((tool) => String(Object(tool)["name"])) : []
}

describe("INV-9 lists that are kept", () => {
  it.effect("for the lone requests of one principal are shown to no other, whoever asks first and how often", () =>
    Effect.gen(function* () {
      const backend = perSession()
      const { gateway } = yield* memoryGateway({ backends: [backend] })
      const [adas, eves] = [new Poster(gateway, ada), new Poster(gateway, eve)]
      for (const [poster, tool] of [
        [adas, "adas"],
        [eves, "eves"]
      ] as const) {
        show(backend, tool)
        poster.post("tools/list", {}, { can })
        yield* pass(1)
      }
      for (let round = 0; round < 3; round++) {
        assert.deepStrictEqual(namesIn(adas.post("tools/list", {}, { can }).reply), ["a__adas"])
        assert.deepStrictEqual(namesIn(eves.post("tools/list", {}, { can }).reply), ["a__eves"])
        assert.strictEqual(errorOf(eves.call("a__adas", {}, { can }).reply).code, -32602)
        const own = eves.call("a__eves", { text: "x" }, { can })
        yield* pass(1)
        assert.strictEqual(textOf(own.reply), "eves:x")
      }
    })
  )

  it.effect("for one principal are shown to no other, whatever that one is called; nor are its connections used", () =>
    Effect.gen(function* () {
      const backend = perSession()
      const { gateway } = yield* memoryGateway({ backends: [backend] })
      const adas = new Poster(gateway, ada)
      show(backend, "adas")
      adas.post("tools/list", {}, { can })
      yield* pass(1)
      for (const id of ["ada elicitation", "ada elicitation #1", "ada #1", "#1 elicitation@http:ada"]) {
        const other = new Poster(gateway, { id })
        for (const able of [{}, can]) {
          show(backend, "others")
          assert.notDeepEqual(namesIn(other.post("tools/list", {}, { can: able }).reply), ["a__adas"], id)
          other.call("a__common", { text: id }, { can: able })
        }
        yield* pass(1)
      }
      assert.isEmpty(backend.lines.filter(({ slot }) => slot.session === "lone-1").flatMap(({ calls }) => calls))
    })
  )

  it.effect("for a session are shown to no other, also not to one of the same principal", () =>
    Effect.gen(function* () {
      const backend = perSession()
      const { connect } = yield* memoryGateway({ backends: [backend] })
      const clients = []
      for (const [name, principal] of [
        ["one", ada],
        ["two", ada],
        ["three", eve]
      ] as const) {
        show(backend, name)
        clients.push({ name, client: connect(undefined, { principal }).open(can) })
        yield* pass(1)
      }
      for (let round = 0; round < 3; round++) {
        for (const { client, name } of clients) {
          assert.deepStrictEqual(client.names(client.request("tools/list")), [`a__${name}`])
        }
      }
    })
  )
})
