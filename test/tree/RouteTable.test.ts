import { assert, describe, it } from "@effect/vitest"
import * as fc from "fast-check"
import { emptyCatalog, type Catalog } from "../../src/domain/Catalog.ts"
import { NameOwners } from "../../src/gateway/Names.ts"
import { buildRouteTable, type Contribution, type RouteTable } from "../../src/gateway/RouteTable.ts"
import { holds } from "../fixtures/property.ts"
import { specOf } from "./memoryGateway.ts"
import { toolNamed } from "./memoryServer.ts"

/** Prefixes and names that meet in many ways: through the separator, sanitising, case, or no prefix at all. */
const prefixes = ["", "a", "a__b", "A", "b", "ab", "a_"]
const toolNames = ["x", "X", "b__x", "_x", "a__x", "a.x", "a_x", "__x"]
const uris = ["note://1", "note://2"]

const backend = fc.record({
  prefix: fc.constantFrom(...prefixes),
  tools: fc.uniqueArray(fc.constantFrom(...toolNames), { maxLength: 5 }),
  prompts: fc.uniqueArray(fc.constantFrom("x", "X", "y"), { maxLength: 2 }),
  resources: fc.uniqueArray(fc.constantFrom(...uris), { maxLength: 2 })
})

interface Offered {
  readonly prefix: string
  readonly tools: ReadonlyArray<string>
  readonly prompts: ReadonlyArray<string>
  readonly resources: ReadonlyArray<string>
}

/** Each backend once, in an order of its own: whose catalog comes when. */
const arrivals = fc.array(backend, { minLength: 2, maxLength: 5 }).chain((backends) =>
  fc.record({
    backends: fc.constant(backends),
    one: fc.shuffledSubarray(
      backends.map((_, n) => n),
      { minLength: backends.length }
    ),
    other: fc.shuffledSubarray(
      backends.map((_, n) => n),
      { minLength: backends.length }
    )
  })
)

const catalogOf = ({ prompts, resources, tools }: Offered): Catalog => ({
  ...emptyCatalog,
  tools: tools.map((name) => ({ name, definition: toolNamed(name) })),
  prompts: prompts.map((name) => ({ name, definition: { name } })),
  resources: resources.map((uri) => ({ name: uri, definition: { uri } }))
})

const bounds = { tools: 1_000 }

const contribution = (offered: Offered, index: number, known: boolean): Contribution => ({
  spec: specOf(`backend-${index}`, { prefix: offered.prefix }),
  catalog: known ? catalogOf(offered) : undefined,
  absence: known ? undefined : "starting",
  provisional: false
})

/** The table after each arrival, as the router makes it; the last one is what counts. */
const tablesOf = (backends: ReadonlyArray<Offered>, order: ReadonlyArray<number>, owners: NameOwners) =>
  [...order.keys(), order.length].map((count) => {
    const known = new Set(order.slice(0, count))
    return buildRouteTable(
      backends.map((offered, n) => contribution(offered, n, known.has(n))),
      owners,
      bounds
    )
  })

const written = (table: RouteTable | undefined) => ({
  tools: [...(table?.tools ?? [])],
  prompts: [...(table?.prompts ?? [])],
  resources: [...(table?.resources ?? [])],
  listed: table?.listed,
  withheld: table?.withheld
})

describe("the table of routes", () => {
  it("is the same whichever catalog came first", () => {
    let withheld = 0
    holds(
      arrivals,
      ({ backends, one, other }) => {
        const first = tablesOf(backends, one, new NameOwners(new Map(), 100)).at(-1)
        const second = tablesOf(backends, other, new NameOwners(new Map(), 100)).at(-1)
        assert.deepStrictEqual(written(first), written(second))
        if (first !== undefined && first.withheld.length > 0) withheld++
      },
      1_000
    )
    assert.isAbove(withheld, 100, "names met in a fair part of the cases")
  })

  it("INV-6 never gives a name to another owner, on the way there and over a restart", () =>
    holds(
      arrivals,
      ({ backends, one, other }) => {
        const owners = new NameOwners(new Map(), 100)
        const tables = tablesOf(backends, one, owners)
        const recorded = new NameOwners(new Map(Object.entries(owners.takeChanges() ?? {})), 100)
        const owner = new Map<string, string>()
        for (const table of [...tables, ...tablesOf(backends, other, recorded)]) {
          for (const [name, { backend }] of table.tools) {
            assert.strictEqual(owner.get(name.toLowerCase()) ?? backend, backend, `${name} moved`)
            owner.set(name.toLowerCase(), backend)
          }
        }
      },
      500
    ))

  it("INV-5 lists what it routes, and routes what it lists", () =>
    holds(arrivals, ({ backends, one }) => {
      for (const table of tablesOf(backends, one, new NameOwners(new Map(), 100))) {
        assert.deepStrictEqual(
          table.listed.tools.map(({ definition }) => definition["name"]),
          [...table.tools.keys()]
        )
        assert.deepStrictEqual(
          table.listed.prompts.map(({ definition }) => definition["name"]),
          [...table.prompts.keys()]
        )
        assert.deepStrictEqual(
          table.listed.resources.map(({ definition }) => definition["uri"]),
          [...table.resources.keys()]
        )
      }
    }))

  it("accounts for every tool: routed, or withheld with a reason", () =>
    holds(arrivals, ({ backends, one }) => {
      const table = tablesOf(backends, one, new NameOwners(new Map(), 100)).at(-1)
      for (const [n, { tools }] of backends.entries()) {
        for (const name of tools) {
          const routed = [...(table?.tools.values() ?? [])].filter(
            (route) => route.backend === `backend-${n}` && route.ownName === name
          )
          const held = table?.withheld.filter(
            (one) => one.kind === "tool" && one.backend === `backend-${n}` && one.name === name
          )
          assert.strictEqual(routed.length + (held?.length ?? 0), 1, `${n} ${name}`)
        }
      }
    }))

  it("INV-32 lists as many tools as it may, in configuration order, and says that there are more", () => {
    const many = (name: string): Contribution => ({
      spec: specOf(name),
      catalog: {
        ...emptyCatalog,
        tools: Array.from({ length: 30 }, (_, n) => ({ name: `t${n}`, definition: toolNamed(`t${n}`) }))
      },
      absence: undefined,
      provisional: false
    })
    const table = buildRouteTable([many("a"), many("b")], new NameOwners(new Map(), 100), { tools: 40 })
    assert.strictEqual(table.tools.size, 40)
    assert.strictEqual([...table.tools.values()].filter(({ backend }) => backend === "a").length, 30)
    assert.match(table.withheld[0]?.reason ?? "", /more than 40 tools in all \(max_tools\)/)
  })

  it("INV-32 a backend that makes up names gets as many as it may, and takes none from others", () => {
    const owners = new NameOwners(new Map(), 3)
    const claimed = ["1", "2", "3", "4"].map((name) => owners.claim(name, "evil"))
    assert.deepStrictEqual(claimed, ["evil", "evil", "evil", undefined])
    assert.strictEqual(owners.claim("4", "good"), "good")
    assert.strictEqual(owners.claim("4", "evil"), "good")
    const again = new NameOwners(new Map(Object.entries(owners.takeChanges() ?? {})), 3)
    assert.isUndefined(again.claim("5", "evil"), "what it had in an earlier run counts")
  })
})
