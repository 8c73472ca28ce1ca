import { assert, describe, it } from "@effect/vitest"
import {
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync
} from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll } from "vitest"
import { rmSync } from "node:fs"
import { replaceFile, replaceLargeFile, writeFailure } from "../../src/backend/ReplaceFile.ts"

const parent = mkdtempSync(join(tmpdir(), "replace-"))
afterAll(() => rmSync(parent, { recursive: true, force: true }))

describe.each([
  ["at once", replaceFile],
  ["while other work goes on", replaceLargeFile]
])("a file that is replaced as a whole, %s", (_, replace) => {
  it("has the new text and is for its user alone", async () => {
    const directory = mkdtempSync(join(parent, "a-"))
    const file = join(directory, "a")
    await replace(file, "old", `${file}.tmp`)
    await replace(file, "new", `${file}.tmp`)
    assert.strictEqual(readFileSync(file, "utf8"), "new")
    assert.strictEqual(statSync(file).mode & 0o777, 0o600)
    assert.deepStrictEqual(readdirSync(directory), ["a"])
  })

  it("is not written through a link that stands where its draft should be", async () => {
    const directory = mkdtempSync(join(parent, "c-"))
    const [file, other] = [join(directory, "c"), join(directory, "other")]
    writeFileSync(other, "somebody else's", { mode: 0o644 })
    symlinkSync(other, `${file}.tmp`)
    await replace(file, "a secret", `${file}.tmp`)
    assert.strictEqual(readFileSync(other, "utf8"), "somebody else's")
    assert.strictEqual(readFileSync(file, "utf8"), "a secret")
    assert.isTrue(lstatSync(file).isFile())
    assert.strictEqual(lstatSync(file).mode & 0o777, 0o600)
  })

  it("leaves no draft when it can't be replaced, and says why", async () => {
    const directory = mkdtempSync(join(parent, "b-"))
    const occupied = join(directory, "b")
    mkdirSync(occupied)
    const refused = await Promise.resolve()
      .then(() => replace(occupied, "text", `${occupied}.tmp`))
      .catch((error: unknown) => writeFailure(error))
    assert.match(String(refused), /^EISDIR: /)
    assert.deepStrictEqual(readdirSync(directory), ["b"])
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
