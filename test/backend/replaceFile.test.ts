import { assert, describe, it } from "@effect/vitest"
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, statSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll } from "vitest"
import { rmSync } from "node:fs"
import { replaceFile, writeFailure } from "../../src/backend/ReplaceFile.ts"

const directory = mkdtempSync(join(tmpdir(), "replace-"))
afterAll(() => rmSync(directory, { recursive: true, force: true }))

describe("a file that is replaced as a whole", () => {
  it("has the new text and is for its user alone", () => {
    const file = join(directory, "a")
    replaceFile(file, "old", `${file}.tmp`)
    replaceFile(file, "new", `${file}.tmp`)
    assert.strictEqual(readFileSync(file, "utf8"), "new")
    assert.strictEqual(statSync(file).mode & 0o777, 0o600)
    assert.deepStrictEqual(readdirSync(directory), ["a"])
  })

  it("leaves no draft when it can't be replaced", () => {
    const occupied = join(directory, "b")
    mkdirSync(occupied)
    assert.throws(() => replaceFile(occupied, "text", `${occupied}.tmp`))
    assert.notInclude(readdirSync(directory), "b.tmp")
  })
})

describe("a failed write", () => {
  it.each([
    ["ENOSPC", "make room"],
    ["EDQUOT", "make room"],
    ["EROFS", "make that disk writable"],
    ["EACCES", "let this user write there"]
  ])("with %s says what to do", (code, remedy) => {
    const words = writeFailure(Object.assign(new Error(`${code}: it says so`), { code }))
    assert.include(words, `${code}: it says so`)
    assert.include(words, remedy)
  })
})
