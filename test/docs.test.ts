import { assert, describe, it } from "@effect/vitest"
import { existsSync, readFileSync, readdirSync } from "node:fs"
import * as path from "node:path"
import { refusalCodes } from "../src/domain/Outcome.ts"
import { isJsonObject } from "../src/domain/Json.ts"

const root = path.resolve(import.meta.dirname, "..")
const textOf = (file: string): string => readFileSync(path.join(root, file), "utf8")
const pages = ["README.md", "CHANGELOG.md", "CONTRIBUTING.md"].concat(
  readdirSync(path.join(root, "docs"), { recursive: true, encoding: "utf8" })
    .filter((file) => file.endsWith(".md"))
    .map((file) => path.join("docs", file))
)

/** Files that a page names by a relative path, from the root or below `src`. */
const filesNamed = (text: string): ReadonlyArray<string> =>
  [...text.matchAll(/(?<![\w./~{$-])((?:[\w.-]+\/)+[\w.-]+\.(?:ts|mjs|sh|toml))(?![\w/])/g)].map(
    ([, file = ""]) => file
  )

const isThere = (file: string): boolean => ["", "src"].some((base) => existsSync(path.join(root, base, file)))

const linksIn = (text: string): ReadonlyArray<string> =>
  [...text.matchAll(/\]\(([^)#]+)(?:#[^)]*)?\)/g)].map(([, target = ""]) => target).filter((to) => !to.includes("://"))

/** The cells of each row of the tables below a heading. */
const rowsBelow = (text: string, heading: string): ReadonlyArray<ReadonlyArray<string>> => {
  const [section = ""] = (text.split(`\n${heading}\n`)[1] ?? "").split(/\n##+ /)
  const rows = section.split("\n").filter((line) => line.startsWith("|"))
  return rows.map((row) =>
    row
      .split("|")
      .map((cell) => cell.trim().replaceAll("`", ""))
      .slice(1, -1)
  )
}

const units: Readonly<Record<string, number>> = { ms: 1, s: 1_000, KiB: 1_024, MiB: 1_024 * 1_024 }

/** `1,024`, `150 ms`, `16 MiB`: times in milliseconds, sizes in bytes. */
const numberIn = (cell: string): number => {
  const [, digits = "", unit = ""] = /^([\d,.]+)(?: (\w+))?$/.exec(cell) ?? []
  return Number(digits.replaceAll(",", "")) * (unit === "" ? 1 : (units[unit] ?? Number.NaN))
}

const memberOf = (value: unknown, name: string): unknown =>
  typeof value === "object" && value !== null ? Object.entries(value).find(([key]) => key === name)?.[1] : undefined

describe("the documents", () => {
  it.each(pages)("%s names no file and links to no page that is not there", (page) => {
    const text = textOf(page)
    const files = filesNamed(text.replaceAll(/https?:\S+/g, ""))
    assert.deepStrictEqual(
      files.filter((file) => !isThere(file)),
      []
    )
    const missing = linksIn(text).filter((target) => !existsSync(path.join(root, path.dirname(page), target)))
    assert.deepStrictEqual(missing, [])
  })

  it("give every bound the value that it has in the code", async () => {
    const rows = rowsBelow(textOf("docs/ARCHITECTURE.md"), "## Bounds").slice(2)
    assert.isAbove(rows.length, 40)
    for (const [what = "", value = "", file = "", name = ""] of rows) {
      const module: unknown = await import(path.join(root, "src", file))
      assert.strictEqual(name.split(".").reduce(memberOf, module), numberIn(value), `${what}: ${file} ${name}`)
    }
  })

  it("explain every error code of the gateway", () => {
    const rows = rowsBelow(textOf("README.md"), "### The gateway's error codes").slice(2)
    const explained = rows.map(([code, name]) => [name, Number(code)])
    for (const refusal of Object.entries(refusalCodes)) assert.deepInclude(explained, refusal)
  })

  it("give a reason for every dependency, in its version, and for no other", () => {
    const manifest: unknown = JSON.parse(textOf("package.json"))
    const installed = ["dependencies", "optionalDependencies", "devDependencies"].flatMap((kind) => {
      const packages = memberOf(manifest, kind)
      return isJsonObject(packages) ? Object.entries(packages) : []
    })
    const page = textOf("docs/dependencies.md")
    const explained = ["## At run time", "## For development"].flatMap((heading) => rowsBelow(page, heading).slice(2))
    const versions = explained.map(([name = "", version]) => [name, version])
    assert.deepStrictEqual(Object.fromEntries(versions), Object.fromEntries(installed))
  })
})
