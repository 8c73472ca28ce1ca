import { assert, describe, it } from "@effect/vitest"
import { readOptions } from "./options.ts"

const selection = (text: string) => {
  const { parts, targets } = readOptions(["--targets", text])
  return { parts, targets }
}

describe("--targets", () => {
  it("takes parts of the run and targets in them", () => {
    assert.deepStrictEqual(selection("http"), { parts: ["http-stdio", "http-http"], targets: [] })
    assert.deepStrictEqual(selection("http-http, gateway"), { parts: ["http-http"], targets: ["gateway"] })
  })

  it("means all parts if it names none", () => {
    assert.deepStrictEqual(selection("gateway").parts, ["stdio", "http-stdio", "http-http"])
    assert.deepStrictEqual(readOptions([]).targets, [])
  })

  it("names what is known when something is not", () => {
    assert.throws(() => selection("htp"), /unknown target "htp"; known are stdio, http-stdio, http-http, http, direct/)
  })
})
