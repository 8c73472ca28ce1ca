import { afterAll, assert, beforeAll, describe, it } from "@effect/vitest"
import { parseObject, errorOf, objectIn, resultOf, textOf } from "../fixtures/envelope.ts"
import { type RunningGateway } from "../fixtures/gateway.ts"
import { metaKeys } from "../fixtures/modernClient.ts"
import { structuredMembers } from "../fixtures/server/structured.ts"
import { call, combinations, eras, speak, startBoth } from "./eras.ts"

describe("a call", () => {
  let gateway: RunningGateway
  beforeAll(async () => {
    gateway = await startBoth()
  })
  afterAll(() => gateway.stop())

  for (const { client, server } of combinations) {
    it(`of a ${client} client is answered by a ${server} backend`, async () => {
      const text = `"quotes" \\ \u2028 \u{1f600} e\u0301`
      const reply = await call(gateway.client, client, `${server}__echo`, { text })
      assert.strictEqual(textOf(reply), text)
      assert.strictEqual(
        resultOf(reply)["resultType"],
        client === "modern" || server === "modern" ? "complete" : undefined
      )
      const wrong = resultOf(await call(gateway.client, client, `${server}__is-error`))
      assert.strictEqual(wrong["isError"], true)
    })

    it(`of a ${client} client gets the result of a ${server} backend byte for byte`, async () => {
      const reply = await call(gateway.client, client, `${server}__structured`)
      assert.include(gateway.client.rawOf(reply), structuredMembers)
    })

    it(`of a ${client} client gets the errors of a ${server} backend as they are`, async () => {
      const failed = errorOf(await call(gateway.client, client, `${server}__internal-error`))
      assert.deepStrictEqual(failed, { code: -32603, message: "Internal error", data: { detail: "on request" } })
    })

    it(`of a ${client} client reaches a ${server} backend under its own name, in its own era`, async () => {
      const params = {
        name: `${server}__echo-raw`,
        arguments: { nested: { "x-unknown": [1, null] } },
        "x-vendor": { kept: true },
        _meta: { traceparent: "00-abc", "com.example/mine": 1 }
      }
      const reply = await speak(gateway.client, client, "tools/call", params, { id: "mine", progressToken: 7 })
      const arrived = parseObject(textOf(reply)) ?? {}
      const got = objectIn(arrived, "params")
      assert.match(String(arrived["id"]), /^sg:\d+:\d+$/)
      assert.strictEqual(got["name"], "echo-raw")
      assert.deepStrictEqual(got["arguments"], params.arguments)
      assert.deepStrictEqual(got["x-vendor"], { kept: true })
      const meta = objectIn(got, "_meta")
      assert.deepInclude(meta, { traceparent: "00-abc", "com.example/mine": 1 })
      assert.match(String(meta["progressToken"]), /^sg:\d+:\d+$/)
      assert.strictEqual(meta[metaKeys.protocolVersion], server === "modern" ? "2026-07-28" : undefined)
      if (server === "modern") assert.strictEqual(objectIn(meta, metaKeys.clientInfo)["name"], "fixture-client")
    })
  }

  it("without a progress token brings none to the backend", async () => {
    for (const { client, server } of combinations) {
      const arrived = parseObject(textOf(await call(gateway.client, client, `${server}__echo-raw`))) ?? {}
      assert.notProperty(objectIn(objectIn(arrived, "params"), "_meta"), "progressToken")
    }
  })

  it("of a tool that does not exist is refused, and so is one under a backend's own name", async () => {
    for (const era of eras) {
      for (const name of ["legacy__nothing", "echo", "nobody__echo", "__proto__", ""]) {
        assert.strictEqual(errorOf(await call(gateway.client, era, name)).code, -32602, name)
      }
      assert.strictEqual(errorOf(await speak(gateway.client, era, "tools/call", {})).code, -32602)
    }
  })
})
