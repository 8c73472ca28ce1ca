import { assert, describe, it } from "@effect/vitest"
import { readFileSync } from "node:fs"
import { join } from "node:path"
import { Place, root, runToEnd } from "./sentinel.ts"

const entry = join(root, "dist", "sentinel.mjs")
const pretend = (version: string) =>
  `data:text/javascript,Object.defineProperty(process,"versions",{value:{...process.versions,node:"${version}"}})`

const startOn = (version: string) => {
  const { directory, environment } = new Place()
  const args = ["--import", encodeURI(pretend(version)), entry, "--version"]
  return runToEnd(process.execPath, args, { env: { ...process.env, ...environment }, cwd: directory, stdin: "" })
}

describe("a Node that is too old", () => {
  it.each(["18.20.0", "22.18.9"])("%s is told so, with 70 and nothing on stdout", async (version) => {
    const { code, stderr, stdout } = await startOn(version)
    assert.deepStrictEqual([code, stdout], [70, ""])
    assert.include(stderr, `Node ${version} is too old: 22.19 or later is needed`)
  })

  it.each(["22.19.0", "23.0.0"])("%s is not", async (version) => {
    assert.strictEqual((await startOn(version)).code, 0)
  })

  it("gets as far as saying so: the entry has no syntax that is younger than modules", () => {
    const text = readFileSync(entry, "utf8")
    assert.notMatch(text, /\?\?|\?\.[a-z[(]|#[a-z]+\b(?=[=(;])|static\{/i)
    // Nothing but Node's own modules and constants is loaded before the check.
    for (const [, chunk = ""] of text.matchAll(/from"(\.[^"]+)"/g)) {
      const imported = readFileSync(join(root, "dist", chunk), "utf8")
      const others = imported.replaceAll(/import\{[^}]*\}from"node:[^"]+";|import\.meta\.url/g, "")
      assert.notMatch(others, /import|\?\?|\?\.[a-z[(]/, chunk)
    }
  })
})
