import { afterAll, assert, beforeAll, describe, it } from "@effect/vitest"
import { type JsonObject } from "../../src/domain/Json.ts"
import { errorOf, objectIn, resultOf, textIn, textOf } from "../fixtures/envelope.ts"
import { legacyBackend, startGateway, type RunningGateway } from "../fixtures/gateway.ts"
import { modernCall, modernComplete, modernRequest } from "../fixtures/modernClient.ts"
import { speak } from "./eras.ts"
import { answerTo, everything, firstQuestion, questions } from "./answers.ts"

const inputExpired = -31_007

describe("a legacy backend with a session of its own for a modern client", () => {
  let gateway: RunningGateway
  beforeAll(async () => {
    const options = {
      isolation: "session",
      max_in_flight: 1,
      input_timeout_secs: 2,
      max_restarts: 20,
      restart_base_ms: 10
    }
    gateway = startGateway({ backends: [legacyBackend("old", [], options)] })
    await speak(gateway.client, "modern", "tools/list", {}, { capabilities: everything })
  })
  afterAll(() => gateway.stop())

  const capabilities = everything
  const call = (tool: string, args: JsonObject = {}) =>
    modernCall(gateway.client, `old__${tool}`, args, { capabilities })
  const complete = (tool: string, args: JsonObject = {}) =>
    modernComplete(
      gateway.client,
      "tools/call",
      { name: `old__${tool}`, arguments: args },
      { capabilities, answer: answerTo }
    )
  /** Asks and leaves: the `input_required` result. */
  const asked = async (tool: string, args: JsonObject = {}) => {
    const result = resultOf(await call(tool, args))
    assert.strictEqual(result["resultType"], "input_required")
    return result
  }
  const back = (result: JsonObject, tool: string, args: JsonObject = {}, state = result["requestState"]) => {
    const [key = ""] = Object.keys(objectIn(result, "inputRequests"))
    const { method, params } = firstQuestion(result)
    const inputResponses = { [key]: answerTo({ method: String(method), params: objectIn({ params }, "params") }) }
    const request = {
      name: `old__${tool}`,
      arguments: args,
      inputResponses,
      ...(state !== undefined && { requestState: state })
    }
    return modernRequest(gateway.client, "tools/call", request, { capabilities })
  }

  for (const { method, tool } of questions) {
    it(`gets an answer to ${method} through input_required, although it has room for one call only`, async () => {
      const { reply, rounds } = await complete(tool)
      assert.lengthOf(rounds, 1)
      const { params } = firstQuestion(rounds[0] ?? {})
      assert.deepStrictEqual(JSON.parse(textOf(reply)), answerTo({ method, params: objectIn({ params }, "params") }))
      assert.strictEqual(resultOf(reply)["resultType"], "complete")
    })
  }

  it("gets the answers to two questions in turn, and to two at the same time", async () => {
    const inTurn = await complete("ask-twice")
    assert.lengthOf(inTurn.rounds, 2)
    assert.include(textIn(objectIn(firstQuestion(inTurn.rounds[1] ?? {}), "params"), "message", ""), "First?")
    const together = await complete("ask-together")
    assert.hasAllKeys(JSON.parse(textOf(together.reply)), ["elicitation", "sampling"])
  })

  it("is not asked to go on by a state that was changed, made up, or left out", async () => {
    const result = await asked("ask-roots")
    const state = textIn(result, "requestState", "")
    const last = state.at(-1) === "A" ? "B" : "A"
    const [head, nonce, expiry, mac] = state.split(".")
    const changed = [
      `${state.slice(0, -1)}${last}`,
      [head, nonce, Number(expiry) + 60_000, mac].join("."),
      [head, "AAAAAAAAAAAAAAAAAAAAAA", expiry, mac].join("."),
      `${state}.`,
      "sg1",
      "",
      "\u{1f600}"
    ]
    for (const wrong of changed)
      assert.strictEqual(errorOf(await back(result, "ask-roots", {}, wrong)).code, inputExpired)
    const without = { name: "old__ask-roots", arguments: {}, inputResponses: { q1: { roots: [] } } }
    const refused = await modernRequest(gateway.client, "tools/call", without, { capabilities })
    assert.strictEqual(errorOf(refused).code, inputExpired)
    // None of it has used the state up.
    assert.deepStrictEqual(
      JSON.parse(textOf(await back(result, "ask-roots"))),
      answerTo({ method: "roots/list", params: {} })
    )
  })

  it("is not asked to go on by a state that is used with other arguments or for another tool", async () => {
    const result = await asked("ask-roots")
    assert.strictEqual(errorOf(await back(result, "ask-roots", { force: true })).code, inputExpired)
    assert.strictEqual(errorOf(await back(result, "ask-elicitation")).code, inputExpired)
    const prompt = { name: "old__plain", requestState: result["requestState"] ?? null, inputResponses: {} }
    const other = await modernRequest(gateway.client, "prompts/get", prompt, { capabilities })
    assert.strictEqual(errorOf(other).code, inputExpired)
    resultOf(await back(result, "ask-roots"))
  })

  it("is not asked to go on by a state that was used before, also while the call goes on", async () => {
    const result = await asked("ask-roots")
    resultOf(await back(result, "ask-roots"))
    assert.strictEqual(errorOf(await back(result, "ask-roots")).code, inputExpired)

    const first = await asked("ask-twice")
    const second = resultOf(await back(first, "ask-twice"))
    assert.strictEqual(second["resultType"], "input_required")
    assert.strictEqual(errorOf(await back(first, "ask-twice")).code, inputExpired)
    assert.lengthOf(JSON.parse(textOf(await back(second, "ask-twice"))), 2)
  })

  it("takes the arguments in any order of their keys as the same request", async () => {
    const result = await asked("ask-elicitation", { message: "Who?", force: false })
    resultOf(await back(result, "ask-elicitation", { force: false, message: "Who?" }))
  })

  it("gets a question again that was not answered", async () => {
    const result = await asked("ask-elicitation")
    const request = { name: "old__ask-elicitation", arguments: {}, requestState: result["requestState"] ?? null }
    const again = resultOf(
      await modernRequest(gateway.client, "tools/call", { ...request, inputResponses: {} }, { capabilities })
    )
    assert.deepStrictEqual(again["inputRequests"], result["inputRequests"])
    assert.notStrictEqual(again["requestState"], result["requestState"])
    resultOf(await back(again, "ask-elicitation"))
  })

  it("is told when the client never comes back, and a client that comes too late is refused", async () => {
    const result = await asked("ask-roots")
    // The one place is taken until then, so this call runs once the other has expired.
    const cancelled: unknown = JSON.parse(textOf(await call("cancelled-list")))
    assert.lengthOf(Array.isArray(cancelled) ? cancelled : [], 1)
    assert.strictEqual(errorOf(await back(result, "ask-roots")).code, inputExpired)
  })

  it("that dies while the client is asked leaves an unknown outcome; its successor gets no answer meant for it", async () => {
    const before = gateway.processes().length
    const ready = () => (gateway.client.stderr.match(/is ready/g) ?? []).length
    const kill = async (pid: number) => {
      const starts = ready()
      process.kill(pid, "SIGKILL")
      await gateway.client.until(() => ready() === starts + 1, "the successor")
    }
    await kill(Number(textOf(await call("pid"))))
    const pid = Number(textOf(await call("pid")))
    const result = await asked("ask-roots")
    await kill(pid)
    // The successor numbers its questions as the dead one did: from one on.
    const other = await asked("ask-elicitation")
    const lost = errorOf(await back(result, "ask-roots"))
    assert.strictEqual(lost.code, -31_005)
    assert.deepInclude(lost.data, { certainty: "unknown" })
    assert.strictEqual(JSON.parse(textOf(await back(other, "ask-elicitation"))).action, "accept")
    assert.strictEqual(gateway.processes().length, before)
  })

  it("does not ask a client for what its request did not offer", async () => {
    const reply = await modernCall(
      gateway.client,
      "old__ask-sampling",
      { force: true },
      { capabilities: { roots: {} } }
    )
    assert.strictEqual(JSON.parse(textOf(reply)).error.code, -32601)
  })
})
