import { assert, describe, it } from "@effect/vitest"
import * as fc from "fast-check"
import {
  isLongForClients,
  maxToolNameLength,
  minToolNameLength,
  publicName,
  recommendedToolNameLength
} from "../../src/domain/ToolName.ts"

const names = fc.string({ unit: "binary", maxLength: 200 })
const lengths = fc.integer({ min: minToolNameLength, max: 128 })

describe("A public tool name", () => {
  it("is the prefix, two underscores and the tool's own name, or that alone where the prefix is empty", () => {
    assert.strictEqual(publicName("files", "read_file"), "files__read_file")
    assert.strictEqual(publicName("", "read-file"), "read-file")
  })

  it("has an underscore for each character that clients do not accept, and nothing more", () => {
    assert.strictEqual(publicName("my server", "a.b/c:d😀é"), "my_server__a_b_c_d__")
    assert.strictEqual(publicName("", ""), "_")
  })

  it("always has accepted characters and at most the length asked for, the same each time", () => {
    fc.assert(
      fc.property(names, names, lengths, (prefix, tool, length) => {
        const name = publicName(prefix, tool, length)
        assert.match(name, /^[A-Za-z0-9_-]+$/u)
        assert.isAtMost(name.length, length)
        assert.strictEqual(publicName(prefix, tool, length), name)
      })
    )
  })

  it("of exactly the maximum stays as it is; one more is cut and ends in a hash that never changes", () => {
    const exact = "x".repeat(maxToolNameLength)
    assert.strictEqual(publicName("", exact), exact)
    assert.strictEqual(publicName("", `${exact}x`), `${"x".repeat(55)}_9537c5fd`)
  })

  it("differs for long names that differ only behind the cut, or only before sanitising", () => {
    const base = "x".repeat(80)
    const all = Array.from({ length: 2_000 }, (_, index) => publicName("server", `${base}${index}`))
    assert.strictEqual(new Set(all).size, all.length)
    assert.notStrictEqual(publicName("", `${base}.`), publicName("", `${base}/`))
  })

  it("is warned of where a client's own prefix would make it too long", () => {
    assert.isFalse(isLongForClients("x".repeat(recommendedToolNameLength)))
    assert.isTrue(isLongForClients("x".repeat(recommendedToolNameLength + 1)))
    assert.strictEqual(`mcp__sentinel__${"x".repeat(recommendedToolNameLength)}`.length, maxToolNameLength)
  })
})
