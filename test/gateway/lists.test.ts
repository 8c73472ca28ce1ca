import { afterAll, assert, beforeAll, describe, it } from "@effect/vitest"
import { isJsonObject } from "../../src/domain/Json.ts"
import { errorOf, objectIn, resultOf } from "../fixtures/envelope.ts"
import { type RunningGateway } from "../fixtures/gateway.ts"
import { metaKeys } from "../fixtures/modernClient.ts"
import { exactInteger } from "../fixtures/server/structured.ts"
import { combinations, entriesOf, eras, namesOf, speak, startBoth } from "./eras.ts"

describe("the merged lists", () => {
  let gateway: RunningGateway
  beforeAll(async () => {
    gateway = await startBoth()
  })
  afterAll(() => gateway.stop())
  const list = async (era: (typeof eras)[number], method: string) => resultOf(await speak(gateway.client, era, method))

  for (const { client, server } of combinations) {
    it(`show a ${client} client what the ${server} backend offers, with all that it said of it`, async () => {
      const structured = entriesOf(await list(client, "tools/list"), "tools").find(
        ({ name }) => name === `${server}__structured`
      )
      assert.deepStrictEqual(structured, {
        name: `${server}__structured`,
        description: "Returns structured content with unknown members and a number beyond 2^53",
        inputSchema: { type: "object", properties: {} },
        title: "Structured",
        outputSchema: { type: "object", properties: { big: { type: "number", description: exactInteger } } },
        annotations: { readOnlyHint: true, "x-unknown": 1 },
        _meta: { "com.example/tool": { kept: true } }
      })
      assert.includeMembers(
        [...namesOf(await list(client, "prompts/list"), "prompts")],
        [`${server}__greet`, `${server}__plain`]
      )
      const resources = entriesOf(await list(client, "resources/list"), "resources")
      assert.deepInclude(resources, {
        uri: `fixture://${server}/greeting`,
        name: "greeting",
        title: "A greeting",
        mimeType: "text/plain",
        size: 5
      })
      const templates = entriesOf(await list(client, "resources/templates/list"), "resourceTemplates")
      assert.include(
        templates.map(({ uriTemplate }) => uriTemplate),
        `fixture://${server}/note/{id}`
      )
    })
  }

  it("carry the cache hints and the server's name to a modern client only", async () => {
    for (const method of ["tools/list", "prompts/list", "resources/list", "resources/templates/list"]) {
      const modern = await list("modern", method)
      assert.strictEqual(modern["resultType"], "complete")
      assert.strictEqual(modern["cacheScope"], "private")
      assert.isAbove(Number(modern["ttlMs"]), 0)
      assert.isTrue(isJsonObject(objectIn(modern, "_meta")[metaKeys.serverInfo]))
      assert.doesNotHaveAnyKeys(await list("legacy", method), ["resultType", "ttlMs", "cacheScope", "_meta"])
    }
  })

  it("are one page: a cursor that the gateway never gave is refused", async () => {
    for (const era of eras) {
      assert.notProperty(await list(era, "tools/list"), "nextCursor")
      const refused = await speak(gateway.client, era, "tools/list", { cursor: "invented" })
      assert.strictEqual(errorOf(refused).code, -32602)
    }
  })
})
