import { assert, describe, it } from "@effect/vitest"
import { legacyBackend } from "../fixtures/gateway.ts"
import { openGateway } from "../faults/opened.ts"
import { codeAndId, repliesTo } from "./served.ts"

const call = (members: string) => `{"jsonrpc":"2.0",${members}}\n`
const parseError = -32700
const invalidRequest = -32600

const messages: ReadonlyArray<readonly [what: string, line: string, code: number, id: string | number | null]> = [
  ["text that is no JSON", "hello there\n", parseError, null],
  ["an HTTP request", "POST /mcp HTTP/1.1\n", parseError, null],
  ["NaN", call('"id":1,"method":"ping","params":{"a":NaN}'), parseError, null],
  ["Infinity", call('"id":Infinity,"method":"ping"'), parseError, null],
  [
    "two messages on a line",
    `${call('"id":1,"method":"ping"').trim()}${call('"id":2,"method":"ping"')}`,
    parseError,
    null
  ],
  ["a string", '"ping"\n', invalidRequest, null],
  ["a number", "7\n", invalidRequest, null],
  ["null", "null\n", invalidRequest, null],
  ["an object that is no message", "{}\n", invalidRequest, null],
  ['"Method" in place of "method"', call('"id":"m","Method":"ping"'), invalidRequest, "m"],
  ['"ID" in place of "id", in a request without method', call('"ID":5,"params":{}'), invalidRequest, null],
  ["no version", '{"id":"v","method":"ping"}\n', invalidRequest, "v"],
  ["another version", '{"jsonrpc":"1.0","id":"w","method":"ping"}\n', invalidRequest, "w"],
  ["a method that is a number", call('"id":"n","method":7'), invalidRequest, "n"],
  ["an empty method", call('"id":"e","method":""'), invalidRequest, "e"],
  ["a huge method name", call(`"id":"h","method":"${"m".repeat(1_000_000)}"`), invalidRequest, "h"],
  ["params that are an array", call('"id":"a","method":"tools/call","params":["one__echo"]'), invalidRequest, "a"],
  ["params that are null", call('"id":"p","method":"tools/list","params":null'), invalidRequest, "p"],
  ["a call that is a reply as well", call('"id":"b","method":"ping","result":{}'), invalidRequest, "b"],
  ["a method that nobody has", call('"id":"u","method":"no/such/method"'), -32601, "u"],
  ["a tool name that is an object", call('"id":"t","method":"tools/call","params":{"name":{}}'), -32602, "t"],
  [
    "a tool named like a member of every object",
    call('"id":"c","method":"tools/call","params":{"name":"constructor"}'),
    -32602,
    "c"
  ],
  ["a method named like a member of every object", call('"id":"o","method":"__proto__"'), -32601, "o"],
  ["initialize without what it needs", call('"id":"i","method":"initialize","params":{}'), -32602, "i"]
]

const ids: ReadonlyArray<readonly [what: string, id: string]> = [
  ["an object", '{"a":1}'],
  ["an array", "[1]"],
  ["a fraction", "1.5"],
  ["beyond what a number can hold", "12345678901234567890"],
  ["larger than any number", "1e400"],
  ["null", "null"],
  ["a boolean", "true"],
  ["a string of a megabyte", `"${"i".repeat(1_000_000)}"`]
]

const replies: ReadonlyArray<readonly [what: string, line: string]> = [
  ["to an id that nobody asked for", call('"id":"never","result":{}')],
  ["to an id as the gateway numbers its own", call('"id":"sg-ask:1","result":{"roots":[]}')],
  ["with both result and error", call('"id":"x","result":{},"error":{"code":1,"message":"m"}')],
  ["with an error that is none", call('"id":"y","error":"text"')],
  ["with a result that is no object", call('"id":"z","result":7')]
]

describe("a client that sends what is no message", () => {
  it("gets one error for each, and goes on being served", async () => {
    await using gateway = await openGateway({ backends: [legacyBackend("one")] }, ["one__echo"])
    for (const [what, line, code, id] of messages) {
      assert.deepStrictEqual((await repliesTo(gateway.client, line)).map(codeAndId), [[code, id]], what)
    }
  })

  it("gets an error without id for a request whose id is none", async () => {
    await using gateway = await openGateway({ backends: [legacyBackend("one")] }, ["one__echo"])
    for (const [what, id] of ids) {
      for (const method of ["ping", "tools/list"]) {
        const errors = await repliesTo(gateway.client, call(`"id":${id},"method":"${method}"`))
        assert.deepStrictEqual(errors.map(codeAndId), [[invalidRequest, null]], what)
      }
    }
  })

  it("gets no answer to replies that answer nothing: an answer to those could go round for ever", async () => {
    await using gateway = await openGateway({ backends: [legacyBackend("one")] }, ["one__echo"])
    for (const [what, line] of replies) assert.isEmpty(await repliesTo(gateway.client, line), what)
  })
})
