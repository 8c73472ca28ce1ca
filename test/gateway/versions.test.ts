import { afterAll, assert, beforeAll, describe, it } from "@effect/vitest"
import { statefulVersions, supportedVersions } from "../../src/domain/Era.ts"
import { type JsonObject } from "../../src/domain/Json.ts"
import { errorOf, resultOf } from "../fixtures/envelope.ts"
import { legacyBackend, startGateway, type RunningGateway } from "../fixtures/gateway.ts"
import { metaKeys, modernMeta, modernRequest, modernVersion } from "../fixtures/modernClient.ts"

describe("the version of the protocol", () => {
  let gateway: RunningGateway
  beforeAll(() => {
    gateway = startGateway({ backends: [legacyBackend("one")] })
  })
  afterAll(() => gateway.stop())
  const initialize = (params: JsonObject) => gateway.client.request("initialize", params)
  const negotiated = async (protocolVersion: string) =>
    resultOf(await initialize({ protocolVersion, capabilities: {} }))["protocolVersion"]

  // The order of these matters: the session is opened by the third.
  it("must be agreed on, or named by the request, before anything but ping", async () => {
    assert.deepStrictEqual(resultOf(await gateway.client.request("ping")), {})
    for (const method of ["tools/list", "tools/call", "nothing/known", "logging/setLevel"]) {
      const refused = errorOf(await gateway.client.request(method, {}))
      assert.strictEqual(refused.code, -32602)
      assert.deepStrictEqual(refused.data, { supported: [...supportedVersions] })
    }
  })

  it("is refused in an initialize that does not say enough", async () => {
    for (const params of [
      {},
      { protocolVersion: 1, capabilities: {} },
      { protocolVersion: "2025-11-25", capabilities: [] }
    ]) {
      assert.strictEqual(errorOf(await initialize(params)).code, -32602)
    }
    assert.strictEqual(errorOf(await gateway.client.request("tools/list")).code, -32602)
  })

  it("is the one that a legacy client asks for, or the newest legacy one", async () => {
    for (const version of statefulVersions) assert.strictEqual(await negotiated(version), version)
    for (const version of ["1999-01-01", modernVersion, ""]) assert.strictEqual(await negotiated(version), "2025-11-25")
    assert.deepStrictEqual(resultOf(await gateway.client.request("ping")), {})
  })

  it("is found out by server/discover", async () => {
    const found = resultOf(await modernRequest(gateway.client, "server/discover"))
    assert.deepStrictEqual(found["supportedVersions"], [...supportedVersions])
    assert.deepInclude(found, { resultType: "complete", cacheScope: "private" })
    assert.containsAllKeys(found["capabilities"], ["tools", "prompts", "resources", "completions", "logging"])
  })

  it("is refused with -32022 when a modern request names one that is not spoken", async () => {
    for (const version of ["1900-01-01", "2025-11-25", ""]) {
      const refused = errorOf(await modernRequest(gateway.client, "tools/list", {}, { version }))
      assert.strictEqual(refused.code, -32022)
      assert.deepStrictEqual(refused.data, { supported: [...supportedVersions], requested: version })
    }
  })

  it("comes with the client's capabilities in each modern request, else the request is malformed", async () => {
    const broken: ReadonlyArray<JsonObject> = [
      { [metaKeys.protocolVersion]: modernVersion },
      { [metaKeys.protocolVersion]: modernVersion, [metaKeys.clientCapabilities]: [] },
      { ...modernMeta(), [metaKeys.protocolVersion]: 20_260_728 },
      { ...modernMeta(), [metaKeys.protocolVersion]: null }
    ]
    for (const _meta of broken) {
      for (const method of ["tools/list", "server/discover", "subscriptions/listen"]) {
        assert.strictEqual(errorOf(await gateway.client.request(method, { _meta })).code, -32602)
      }
    }
  })

  it("decides which methods there are", async () => {
    const unknown = async (reply: Promise<JsonObject>) => assert.strictEqual(errorOf(await reply).code, -32601)
    for (const method of [
      "ping",
      "logging/setLevel",
      "resources/subscribe",
      "resources/unsubscribe",
      "nothing/known"
    ]) {
      await unknown(modernRequest(gateway.client, method, { uri: "fixture://one/greeting", level: "info" }))
    }
    for (const method of ["nothing/known", "__proto__", "subscriptions/listen", "server/discover", "tools/list/"]) {
      await unknown(gateway.client.request(method, {}))
    }
  })
})
