import { assert, describe, it } from "@effect/vitest"
import { readFileSync, readdirSync } from "node:fs"
import * as path from "node:path"

/** From the ground up: a file imports from its own floor or a lower one (docs/ARCHITECTURE.md, "Floors"). */
const floors = [
  "domain",
  "machine",
  "kernel",
  "protocol",
  "policy",
  "audit",
  "telemetry",
  "backend",
  "gateway",
  "edge",
  "simulation",
  "config",
  "cli"
] as const

type Imports = ReadonlyMap<string, ReadonlyArray<string>>

const root = path.resolve(import.meta.dirname, "../src")
const importPattern = /(?:from|import)\s*\(?\s*"(\.{1,2}\/[^"]+)"/g

/** Every source file with the source files it imports, as paths below src. */
const importsIn = (directory: string): Imports =>
  new Map(
    readdirSync(directory, { recursive: true, encoding: "utf8" })
      .filter((file) => file.endsWith(".ts"))
      .map((file) => [file, importsOf(file, readFileSync(path.join(directory, file), "utf8"))])
  )

const importsOf = (file: string, text: string): ReadonlyArray<string> =>
  [...text.matchAll(importPattern)].map(([, target = ""]) => path.join(path.dirname(file), target))

/** The floor's number; the entry points directly in src stand on top. */
const floorOf = (file: string): number => {
  const [folder = ""] = file.split(path.sep)
  const index = floors.findIndex((floor) => floor === folder)
  return file.includes(path.sep) ? index : floors.length
}

const upward = (imports: Imports): ReadonlyArray<string> =>
  [...imports].flatMap(([file, targets]) =>
    targets
      .filter((target) => floorOf(file) < floorOf(target))
      .map((target) => `${file} imports ${target}, which stands higher`)
  )

const unplaced = (imports: Imports): ReadonlyArray<string> => [...imports.keys()].filter((file) => floorOf(file) < 0)

/** The first circle of imports, as the files on it; empty if there is none. */
const circle = (imports: Imports): ReadonlyArray<string> => {
  const done = new Set<string>()
  const visit = (file: string, trail: ReadonlyArray<string>): ReadonlyArray<string> => {
    if (trail.includes(file)) return [...trail.slice(trail.indexOf(file)), file]
    if (done.has(file)) return []
    for (const target of imports.get(file) ?? []) {
      const found = visit(target, [...trail, file])
      if (found.length > 0) return found
    }
    done.add(file)
    return []
  }
  for (const file of imports.keys()) {
    const found = visit(file, [])
    if (found.length > 0) return found
  }
  return []
}

describe("Floors", () => {
  const imports = importsIn(root)

  it("reads the sources at all", () => {
    assert.isAbove(imports.size, 50)
    assert.isTrue(imports.get("main.ts")?.some((target) => target.startsWith("cli")))
  })

  it("has every source file on a floor", () => {
    assert.deepStrictEqual(unplaced(imports), [])
  })

  it("lets an import go down only", () => {
    assert.deepStrictEqual(upward(imports), [])
  })

  it("has no circle of imports", () => {
    assert.deepStrictEqual(circle(imports), [])
  })

  it("would find an upward import, a circle and a file without a floor", () => {
    const bad: Imports = new Map([
      ["domain/A.ts", ["gateway/B.ts"]],
      ["gateway/B.ts", ["gateway/C.ts"]],
      ["gateway/C.ts", ["gateway/B.ts"]],
      ["attic/D.ts", []]
    ])
    assert.deepStrictEqual(upward(bad), ["domain/A.ts imports gateway/B.ts, which stands higher"])
    assert.deepStrictEqual(circle(bad), ["gateway/B.ts", "gateway/C.ts", "gateway/B.ts"])
    assert.deepStrictEqual(unplaced(bad), ["attic/D.ts"])
  })
})
