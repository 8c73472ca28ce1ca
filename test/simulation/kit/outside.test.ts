import { assert, describe, it } from "@effect/vitest"
import { spawnSync } from "node:child_process"
import { cpSync, mkdirSync, mkdtempSync, readFileSync, symlinkSync, writeFileSync } from "node:fs"
import { createRequire } from "node:module"
import * as path from "node:path"
import { runDirectory } from "../../fixtures/runDirectory.ts"
import { blocks } from "./page.ts"

const root = path.resolve(import.meta.dirname, "../../..")
const tsc = path.join(path.dirname(createRequire(import.meta.url).resolve("typescript/package.json")), "bin/tsc")

/** What `npm pack` would put into the package, without the network and without a build. */
const packed = (): ReadonlyArray<string> => {
  const args = ["pack", "--dry-run", "--json", "--ignore-scripts", "--offline"]
  const { stderr, stdout } = spawnSync("npm", args, { cwd: root, encoding: "utf8", timeout: 15_000 })
  assert.match(stdout, /"files"/, stderr)
  return [...stdout.matchAll(/"path": "([^"]+)"/g)].map(([, file = ""]) => file)
}

/** A project of somebody else, with the package as it is packed; its dependencies are linked. */
const project = (files: ReadonlyArray<string>): string => {
  mkdirSync(runDirectory(), { recursive: true })
  const directory = mkdtempSync(path.join(runDirectory(), "outside-"))
  const modules = path.join(directory, "node_modules")
  for (const file of files.filter((name) => name === "package.json" || name.startsWith("dist/"))) {
    cpSync(path.join(root, file), path.join(modules, "sentinel-gateway", file), { recursive: true })
  }
  for (const name of ["effect", "smol-toml", "undici", "@types", "@effect", "@modelcontextprotocol"]) {
    symlinkSync(path.join(root, "node_modules", name), path.join(modules, name))
  }
  writeFileSync(path.join(directory, "package.json"), '{ "name": "outside", "private": true, "type": "module" }')
  writeFileSync(path.join(directory, "tsconfig.json"), JSON.stringify({ compilerOptions, include: ["*.ts"] }))
  return directory
}

const compilerOptions = {
  strict: true,
  module: "nodenext",
  target: "es2023",
  lib: ["es2023"],
  types: ["node"],
  noEmit: true
}

describe("the package in a project of somebody else", () => {
  const files = packed()

  it("has the bundles, their types and what the command starts with", () => {
    const wanted = ["dist/index.mjs", "dist/testing.mjs", "dist/sentinel.mjs", "dist/types/index.d.ts"]
    assert.includeMembers(
      [...files],
      [...wanted, "dist/types/testing.d.ts", "src/sentinel.sh", "docs/RESTART-POLICIES.md"]
    )
    assert.deepStrictEqual(
      files.filter((file) => /^(test|node_modules|\.out)\//.test(file)),
      []
    )
    const { exports } = JSON.parse(readFileSync(path.join(root, "package.json"), "utf8"))
    for (const { default: code, types } of Object.values<Record<string, string>>(exports)) {
      assert.includeMembers(
        [...files],
        [code, types].map((file = "") => path.normalize(file))
      )
    }
  })

  it("compiles what stands on the page, one piece below the other, and says what does not fit", () => {
    const directory = project(files)
    writeFileSync(path.join(directory, "page.ts"), blocks("ts").join("\n\n"))
    const wrong = 'import { assertPolicy } from "sentinel-gateway/testing"\nassertPolicy("no policy", [])\n'
    const compile = () => {
      const { stdout } = spawnSync(process.execPath, [tsc], { cwd: directory, encoding: "utf8", timeout: 15_000 })
      // Effect's own types ask for those of a browser.
      return stdout.split("\n").filter((line) => line !== "" && !line.includes("/node_modules/effect/"))
    }
    assert.deepStrictEqual(compile(), [])
    writeFileSync(path.join(directory, "wrong.ts"), wrong)
    assert.match(compile().join("\n"), /^wrong\.ts\(2,14\): error TS2345/)
  })
})
