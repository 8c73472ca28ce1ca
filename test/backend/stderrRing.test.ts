import { assert, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { StderrRing, stderrLineBytes } from "../../src/backend/StderrRing.ts"
import { connect, scriptSpec, stdioLayer } from "./stdioBackend.ts"

const ringOf = (text: string, lines = 5, secrets: ReadonlyArray<string> = []) => {
  const ring = new StderrRing(lines, secrets)
  // In small pieces, so that every boundary falls between two of them.
  const bytes = Buffer.from(text)
  for (let at = 0; at < bytes.length; at += 3) ring.push(bytes.subarray(at, at + 3))
  return ring.lines()
}

it("the last lines stay, oldest first, with an unfinished one at the end", () => {
  assert.deepStrictEqual(ringOf("1\n2\n3\n4\n", 3), ["2", "3", "4"])
  assert.deepStrictEqual(ringOf("1\n2\n3\n4\n5 žlutý", 3), ["3", "4", "5 žlutý"])
  assert.deepStrictEqual(ringOf("1\n\n2\n"), ["1", "", "2"])
})

it("control characters and terminal sequences are stripped", () => {
  const text = "\u001b[31mred\u001b[0m \u001b]0;title\u0007a\u0000b\tc\r\u009b\u202e!\n"
  assert.deepStrictEqual(ringOf(text), ["red ab c!"])
})

it("a long line is cut at its bound", () => {
  const [line] = ringOf("x".repeat(stderrLineBytes * 3) + "\nnext\n")
  assert.strictEqual(line, `${"x".repeat(stderrLineBytes)}...`)
  assert.deepStrictEqual(ringOf("x".repeat(stderrLineBytes) + "\n"), ["x".repeat(stderrLineBytes)])
  assert.match(ringOf("ž".repeat(stderrLineBytes))[0] ?? "", /^ž+\.\.\.$/)
})

it("INV-32 a flood without and with newlines stays within the bound", () => {
  const ring = new StderrRing(3, [])
  const bound = 4 * (stderrLineBytes + 1)
  const chunk = Buffer.alloc(65_536, "x")
  for (let chunks = 0; chunks < 100; chunks++) ring.push(chunk)
  assert.isAtMost(ring.heldBytes, bound)
  for (let chunks = 0; chunks < 100; chunks++) ring.push(Buffer.concat([chunk, Buffer.from("\n")]))
  assert.isAtMost(ring.heldBytes, bound)
})

it("secrets are redacted, also when escapes are put into them and when a longer one contains a shorter", () => {
  const secrets = ["hunter2hunter2", "hunter2hunter2-long"]
  assert.deepStrictEqual(ringOf("a hunter2hunter2 b hunter2hunter2-long c", 5, secrets), ["a *** b *** c"])
  assert.deepStrictEqual(ringOf("hunter2\u001b[1mhunter2\n", 5, secrets), ["***"])
})

it("a secret on the edge of the cut does not show its beginning", () => {
  const secret = "S".repeat(40)
  for (const before of [0, 1, 20, 39, 40, 41, 79, 80]) {
    const [line] = ringOf(`${secret} ${"x".repeat(stderrLineBytes - before)}${secret}${"y".repeat(99)}\n`, 1, [secret])
    assert.notInclude(line, "S", `secret ${before} before the edge`)
  }
})

it.live("a flood of 100,000 lines does not block the child and stays bounded", () =>
  Effect.gen(function* () {
    const script = `for (let line = 0; line < 100_000; line++) require("node:fs").writeSync(2, "line " + line + "\\n")
      console.log("through")`
    const { transport, witness } = yield* connect(scriptSpec(script, {}, { stderrLines: 50 }))
    yield* witness.until(() => witness.exits.length > 0)
    assert.deepStrictEqual(witness.frames(), ["through"])
    const lines = transport.stderr()
    assert.deepStrictEqual([lines.length, lines.at(-1)], [50, "line 99999"])
  }).pipe(Effect.scoped, Effect.provide(stdioLayer()))
)

it.live("what a child says last before it dies is kept, without the secrets that it was given", () =>
  Effect.gen(function* () {
    const script = `process.stderr.write("no access with " + process.env.EXAMPLE_PASS + " and " + process.env.API_TOKEN)`
    const spec = scriptSpec(script, { env: { API_TOKEN: "given-in-env" }, envPass: ["EXAMPLE_PASS"] })
    const { transport, witness } = yield* connect(spec)
    yield* witness.until(() => witness.exits.length > 0)
    assert.deepStrictEqual(transport.stderr(), ["no access with *** and ***"])
  }).pipe(Effect.scoped, Effect.provide(stdioLayer({ variables: { ...process.env, EXAMPLE_PASS: "passed-on-value" } })))
)
