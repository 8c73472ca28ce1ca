import { assert, describe, it } from "@effect/vitest"
import type * as Schema from "effect/Schema"
import { backendsMax, sections } from "../../src/config/ConfigSchema.ts"
import { helpOf } from "../../src/config/Keys.ts"
import { backend, problemOf, problemsOf } from "./decoding.ts"

interface Bound {
  readonly header: string
  readonly key: string
  readonly min: number
  readonly max: number
}

/** The rules of decoding alone: other rules, such as those between two keys, have tests of their own. */
const bounds: ReadonlyArray<Bound> = Object.entries(sections).flatMap(([header, { fields }]) =>
  Object.entries<Schema.Constraint>(fields).flatMap(([key, schema]) => {
    const help = helpOf(schema)
    const range = /from ([\d,]+) to ([\d,]+)$/.exec(help?.allowed ?? "")
    if (help?.type !== "integer" || range === null) return []
    const [, min = "", max = ""] = range
    return [{ header, key, min: Number(min.replaceAll(",", "")), max: Number(max.replaceAll(",", "")) }]
  })
)

const textWith = ({ header, key }: Bound, value: number): string => {
  const section = header.replace("NAME", "admin")
  return header === "[[backends]]" ? backend(`${key} = ${value}`) : `${section}\n${key} = ${value}\n`
}

describe("every number of the configuration", () => {
  it("is known to this test", () => {
    assert.isAtLeast(bounds.length, 26)
  })

  it.each(bounds)("$header $key may be as low as $min and as high as $max", (bound) => {
    assert.deepStrictEqual(problemsOf(textWith(bound, bound.min)), [])
    assert.deepStrictEqual(problemsOf(textWith(bound, bound.max)), [])
  })

  it.each(bounds)("$header $key is refused below $min and above $max, by name", (bound) => {
    for (const value of [bound.min - 1, bound.max + 1]) {
      const problem = problemOf(textWith(bound, value))
      assert.match(problem.key, new RegExp(`${bound.key}$`))
      assert.strictEqual(problem.found, `the number ${value}`)
      assert.match(problem.allowed, /from .* to /)
    }
  })

  it("may not be a date, infinite or not a number", () => {
    for (const value of ["inf", "nan", "1979-05-27"])
      assert.strictEqual(problemsOf(backend(`retries = ${value}`)).length, 1)
  })
})

describe("the number of backends", () => {
  const many = (count: number) => Array.from({ length: count }, (_, index) => backend("", `b${index}x`)).join("")

  it(`may be ${backendsMax}, and none at all`, () => {
    assert.deepStrictEqual(problemsOf(many(backendsMax)), [])
    assert.deepStrictEqual(problemsOf(""), [])
  })

  it("may not be more", () => {
    assert.strictEqual(problemOf(many(backendsMax + 1)).allowed, `at most ${backendsMax} [[backends]]`)
  })
})
