import { assert, describe, it } from "@effect/vitest"
import { exactInteger } from "../fixtures/server/structured.ts"
import { legacyBackend, modernBackend } from "../fixtures/gateway.ts"
import { Place } from "./sentinel.ts"

const place = new Place()
const config = place.config([legacyBackend("one"), modernBackend("two", [], { isolation: "session" })])
const call = (args: ReadonlyArray<string>, stdin?: string) =>
  place.run(["call", "--config", config, ...args], stdin === undefined ? {} : { stdin })

describe("sentinel call", () => {
  it("prints the text that the tool answers", async () => {
    const { code, stderr, stdout } = await call(["one__echo", '{"text": "hello\\nthere"}'])
    assert.deepStrictEqual([code, stdout, stderr], [0, "hello\nthere\n", ""])
  })

  it("prints a text of any length", async () => {
    const text = "0123456789".repeat(2_000)
    const { code, stdout } = await call(["one__echo", "-"], JSON.stringify({ text }))
    assert.deepStrictEqual([code, stdout], [0, `${text}\n`])
  })

  it("calls a backend that has a connection for each session", async () => {
    const { code, stdout } = await call(["two__echo", '{"text": "hello"}'])
    assert.deepStrictEqual([code, stdout], [0, "hello\n"])
  })

  it("reads the arguments from stdin when they are -", async () => {
    const { code, stdout } = await call(["one__add", "-"], '{"a": 2, "b": 3}\n')
    assert.deepStrictEqual([code, stdout], [0, "5\n"])
  })

  it("gives programs the result as the server wrote it, numbers beyond 2^53 included", async () => {
    const { code, stdout } = await call(["one__structured", "--json"])
    assert.strictEqual(code, 0)
    assert.include(stdout, exactInteger)
  })

  it("makes control characters of a tool visible instead of sending them to the terminal", async () => {
    const { stdout } = await call(["one__echo", JSON.stringify({ text: "a\u001b]0;x\u0007b" })])
    assert.strictEqual(stdout, "a\\u{1b}]0;x\\u{7}b\n")
  })

  it("ends with 1 when the tool answers with an error, which it shows", async () => {
    const [forPeople, forPrograms] = await Promise.all([call(["one__is-error"]), call(["one__is-error", "--json"])])
    assert.deepStrictEqual([forPeople.code, forPeople.stdout], [1, "it went wrong\n"])
    assert.strictEqual(forPrograms.code, 1)
    assert.deepInclude(forPrograms.json(), { isError: true })
  })

  it("ends with 1 when the server answers with an error, which it shows", async () => {
    const [forPeople, forPrograms] = await Promise.all([
      call(["one__internal-error"]),
      call(["one__internal-error", "--json"])
    ])
    assert.deepStrictEqual([forPeople.code, forPeople.stdout], [1, ""])
    assert.include(forPeople.stderr, "Internal error")
    assert.strictEqual(forPrograms.code, 1)
    assert.deepNestedInclude(forPrograms.json(), { "error.code": -32603, "error.data.detail": "on request" })
  })

  it("names the nearest tool when there is none of that name", async () => {
    const { code, stderr } = await call(["one__ehco", "{}"])
    assert.strictEqual(code, 1)
    assert.include(stderr, 'there is no tool "one__ehco"; did you mean one__echo?')
  })

  it("refuses arguments that are no JSON or no object before anything starts", async () => {
    const [text, list, empty] = await Promise.all([
      call(["one__echo", "{text: 1}"]),
      call(["one__echo", "[1]"]),
      call(["one__echo", "-"], "")
    ])
    assert.deepStrictEqual([text.code, list.code, empty.code], [64, 64, 64])
    assert.match(text.stderr, /are not JSON: .*position 1/)
    assert.include(list.stderr, "must be a JSON object, but are a list")
    assert.include(text.stderr, `sentinel call one__echo '{"message": "hello"}'`)
  })
})

describe("sentinel call on a backend in trouble", () => {
  it("ends with 69 and the backend's reason when it does not come up", async () => {
    const own = new Place()
    const file = own.config([legacyBackend("one", ["--exit-on-start", "3"])])
    const { code, stderr } = await own.run(["call", "--config", file, "one__echo", "{}"])
    assert.strictEqual(code, 69)
    assert.match(stderr, /backend "one" is not up: .*exited with code 3/)
  })

  it("ends with 69 when it does not answer within its timeout", async () => {
    const own = new Place()
    const file = own.config([legacyBackend("one", [], { timeout_secs: 1 })])
    const { code, stderr } = await own.run(["call", "--config", file, "one__slow", '{"ms": 60000}'])
    assert.strictEqual(code, 69)
    assert.include(stderr, "did not answer within 1 s")
  })
})
