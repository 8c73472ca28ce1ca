import { assert, describe, it } from "@effect/vitest"
import { once } from "node:events"
import { errorOf, textOf } from "../fixtures/envelope.ts"
import { legacyBackend, modernBackend } from "../fixtures/gateway.ts"
import { callTool } from "../fixtures/legacyClient.ts"
import { answerAll, answerTo, everything } from "../gateway/answers.ts"
import { paramsOf } from "../gateway/eras.ts"
import { AttachPlace, backendPid } from "./attachFixture.ts"

describe("sentinel stdio beside a gateway that serves", () => {
  it("is served by that one: two windows share one backend process, and start none", async () => {
    await using place = new AttachPlace([legacyBackend("one")])
    const server = await place.serve()
    const [one, two] = await Promise.all([place.open(), place.open()])
    assert.strictEqual(await backendPid(one), await backendPid(two))
    for (const { stderr } of [one, two]) {
      assert.match(stderr, new RegExp(`attached to the gateway that serves here, process ${server.pid}`))
      assert.notMatch(stderr, /is ready/)
    }
  })

  it("passes a megabyte on in both directions, and what is too large it refuses", async () => {
    await using place = new AttachPlace([legacyBackend("one")], "max_frame_bytes = 2_000_000")
    await place.serve()
    const client = await place.open()
    const text = "ä".repeat(512 * 1024)
    assert.strictEqual(textOf(await callTool(client, "one__echo", { text })), text)
    client.sendRaw(`"${"x".repeat(2_000_000)}"\n`)
    await client.until(() => client.replies("null").length > 0 || client.messages.some(({ id }) => id === null), "a no")
    const refused = client.messages.find(({ id }) => id === null)
    assert.match(errorOf(refused ?? {}).message, /at most 2000000 bytes/)
    assert.strictEqual(textOf(await callTool(client, "one__echo", { text: "on" })), "on")
  })

  it("takes ill-formed UTF-8, which grows when it is read, as a gateway alone does", async () => {
    await using place = new AttachPlace([legacyBackend("one")], "max_frame_bytes = 65_536")
    await place.serve()
    const client = await place.open()
    const call = {
      jsonrpc: "2.0",
      id: 77,
      method: "tools/call",
      params: { name: "one__echo", arguments: { text: "|" } }
    }
    const [head = "", tail = ""] = JSON.stringify(call).split("|")
    const bad = Buffer.alloc(60_000, 0xff)
    client.sendRaw(Buffer.concat([Buffer.from(head), bad, Buffer.from(`${tail}\n`)]))
    await client.until(() => client.replies(77).length > 0, "a reply")
    assert.strictEqual(textOf(client.replies(77)[0] ?? {}), "\ufffd".repeat(bad.length))
  })

  it("brings progress under the client's own token", async () => {
    await using place = new AttachPlace([legacyBackend("one")])
    await place.serve()
    const client = await place.open()
    await callTool(client, "one__progress", { steps: 3 }, { meta: { progressToken: "mine" } })
    const tokens = client.notifications("notifications/progress").map((message) => paramsOf(message)["progressToken"])
    assert.deepStrictEqual(tokens, ["mine", "mine", "mine"])
  })

  it("puts a backend's questions to the window whose call it is, and to no other", async () => {
    await using place = new AttachPlace([modernBackend("two")])
    await place.serve()
    const [asked, other] = await Promise.all([place.open(everything), place.open(everything)])
    answerAll(asked)
    const reply = await callTool(asked, "two__ask-elicitation", { message: "who?" })
    const answer = answerTo({ method: "elicitation/create", params: { message: "who?" } })
    assert.include(textOf(reply), JSON.stringify(answer["content"]))
    assert.deepStrictEqual(other.serverRequests, [])
  })

  it("ends well when its client closes its line, once what runs is answered", async () => {
    await using place = new AttachPlace([legacyBackend("one")])
    await place.serve()
    const client = await place.open()
    const reply = callTool(client, "one__slow", { ms: 300 })
    client.child.stdin.end()
    assert.deepStrictEqual(await client.exited, { code: 0, signal: null })
    assert.isNotEmpty(textOf(await reply))
  })

  it.each(["SIGINT", "SIGTERM"] as const)(
    "ends well and at once by %s, and its calls are cancelled",
    async (signal) => {
      await using place = new AttachPlace([legacyBackend("one")])
      await place.serve()
      const [client, other] = await Promise.all([place.open(), place.open()])
      client.send({ jsonrpc: "2.0", id: "running", method: "tools/call", params: { name: "one__cancel-me" } })
      await callTool(client, "one__echo")
      const exited = once(client.child, "exit")
      client.signal(signal)
      assert.deepStrictEqual(await exited, [0, null])
      // The cancellation went to the backend before this call does.
      await callTool(other, "one__echo")
      const cancelled: unknown = JSON.parse(textOf(await callTool(other, "one__cancelled-list")))
      assert.lengthOf(Array.isArray(cancelled) ? cancelled : [], 1)
    }
  )

  it("has the last word on its open streams when it ends", async () => {
    await using place = new AttachPlace([legacyBackend("one")])
    await place.serve()
    const client = await place.open()
    await place.listen(client, "stream")
    client.signal("SIGINT")
    await client.exited
    assert.lengthOf(client.replies("stream"), 1)
  })
})
