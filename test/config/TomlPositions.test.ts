import { assert, describe, it } from "@effect/vitest"
import * as fc from "fast-check"
import { parse, stringify } from "smol-toml"
import { isTable } from "../../src/config/Found.ts"
import { type KeyPath, renderPath } from "../../src/config/KeyPath.ts"
import { scanPositions } from "../../src/config/TomlPositions.ts"
import { document } from "./tomlDocument.ts"

const pathsOf = (value: unknown, path: KeyPath = []): ReadonlyArray<string> => {
  const own = path.length === 0 ? [] : [renderPath(path)]
  if (Array.isArray(value)) return [...own, ...value.flatMap((each, index) => pathsOf(each, [...path, index]))]
  if (!isTable(value)) return own
  return [...own, ...Object.entries(value).flatMap(([key, each]) => pathsOf(each, [...path, key]))]
}

const seed = process.env["CHECK_SEED"]
const parameters = { numRuns: 500, ...(seed === undefined ? {} : { seed: Number(seed) }) }

describe("positions in a TOML document", () => {
  it("finds exactly the paths that the parser finds, whatever way the keys are written", () => {
    fc.assert(
      fc.property(document, ({ text }) => {
        assert.deepStrictEqual(scanPositions(text).paths.toSorted(), pathsOf(parse(text)).toSorted())
      }),
      parameters
    )
  })

  it("gives the line and column at which each key was written", () => {
    fc.assert(
      fc.property(document, ({ text, places }) => {
        const positions = scanPositions(text)
        const found = new Map(positions.paths.map((path) => [path, positions.placeOf(path)]))
        assert.deepStrictEqual(Object.fromEntries(found), Object.fromEntries(places))
      }),
      parameters
    )
  })

  it("finds the paths of what the parser's own writer makes of any JSON", () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue({ maxDepth: 4 })), (json) => {
        const written = withoutNull(json)
        if (!isTable(written)) return
        const text = stringify(written)
        assert.deepStrictEqual(scanPositions(text).paths.toSorted(), pathsOf(parse(text)).toSorted())
      }),
      parameters
    )
  })

  it("gives a table's own header, also when a table inside it comes first", () => {
    const positions = scanPositions("[a.b]\nx = 1\n[a]\ny = 2\n")
    assert.deepStrictEqual(positions.at(["a"]), { line: 3, column: 2 })
    assert.deepStrictEqual(positions.at(["a", "b", "x"]), { line: 2, column: 1 })
  })

  it("gives the section for a key that is missing from it", () => {
    const positions = scanPositions('\n[[backends]]\nname = "a"\n\n[[backends]]\n')
    assert.deepStrictEqual(positions.near(["backends", 1, "name"]), { line: 5, column: 3 })
    assert.strictEqual(positions.near(["gateway", "listen"]), undefined)
  })

  it("does not count a byte order mark as a key", () => {
    assert.strictEqual(scanPositions("\u{feff}a = 1\nb = 2").at(["b"])?.line, 2)
  })
})

/** TOML has no null, and its writer no list of mixed tables and values with it. */
const withoutNull = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.filter((each) => each !== null).map(withoutNull)
  if (!isTable(value)) return value
  return Object.fromEntries(
    Object.entries(value)
      .filter(([name, each]) => each !== null && name !== "__proto__")
      .map(([name, each]) => [name, withoutNull(each)])
  )
}
