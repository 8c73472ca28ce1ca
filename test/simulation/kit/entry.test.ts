import { assert, describe, it } from "@effect/vitest"
import { spawnSync } from "node:child_process"
import { readFileSync } from "node:fs"
import * as path from "node:path"

const root = path.resolve(import.meta.dirname, "../../..")

/** Every module that this one leads to: the packages by name, the gateway's own by path. */
const modulesBehind = (file: string, found = new Set<string>()): ReadonlySet<string> => {
  for (const [, target = ""] of readFileSync(file, "utf8").matchAll(/ from "([^"]+)"/g)) {
    const next = target.startsWith(".") ? path.resolve(path.dirname(file), target) : target
    if (found.has(next)) continue
    found.add(next)
    if (target.startsWith(".")) modulesBehind(next, found)
  }
  return found
}

/** Somebody's test, with the test runner of Node and nothing else. */
const test = `
  import test from "node:test"
  import { RestartPolicy, backendDefaults } from "sentinel-gateway"
  import { assertPolicy, restartLawsOf, superviseInVirtualTime } from "sentinel-gateway/testing"
  const settings = backendDefaults.restart
  test("good", () => assertPolicy(RestartPolicy.of(settings), restartLawsOf(settings), { runs: 50 }))
  test("good in a tree", () =>
    assertPolicy(RestartPolicy.of(settings), restartLawsOf(settings), { runs: 5, play: superviseInVirtualTime }))
  test("bad", () => assertPolicy(RestartPolicy.of({ ...settings, intensity: 9 }), restartLawsOf(settings)))
`

describe("the package's entry sentinel-gateway/testing", () => {
  it("needs Effect and Node, no test framework and no generator library", () => {
    const packages = [...modulesBehind(path.join(root, "src/testing.ts"))].filter((name) => !path.isAbsolute(name))
    assert.isAbove(packages.length, 3)
    assert.deepStrictEqual(
      packages.filter((name) => !name.startsWith("effect/") && !name.startsWith("node:")),
      []
    )
  })

  it("works from the bundle, in the test runner of Node", () => {
    const args = ["--test-reporter=tap", "--input-type=module", "-e", test]
    const { stderr, stdout } = spawnSync(process.execPath, args, { cwd: root, encoding: "utf8", timeout: 15_000 })
    assert.match(stdout, /^ok 1 - good$/m, stderr)
    assert.match(stdout, /^ok 2 - good in a tree$/m)
    assert.match(stdout, /^not ok 3 - bad$/m)
    assert.include(stdout, 'policy "intensity and backoff" breaks a law: never more than 5 restarts')
  })
})
