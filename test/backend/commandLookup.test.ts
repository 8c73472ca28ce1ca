import { assert, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import { chmodSync, mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { dirname, join } from "node:path"
import { afterAll } from "vitest"
import { directoriesOf, findCommand, pathFor } from "../../src/backend/CommandLookup.ts"
import { connect, connectReady, scriptSpec, stdioLayer } from "./stdioBackend.ts"

const root = realpathSync(mkdtempSync(join(tmpdir(), "lookup-")))
const program = (name: string, text = "#!/bin/sh\n", mode = 0o755) => {
  const file = join(root, name)
  mkdirSync(dirname(file), { recursive: true })
  writeFileSync(file, text)
  chmodSync(file, mode)
  return file
}
const first = program("one/tool")
program("two/tool")
program("two/plain", "#!/bin/sh\n", 0o644)
const script = program("two/script", `#!/usr/bin/env node\nconsole.log(process.execPath)\n`)
afterAll(() => rmSync(root, { recursive: true, force: true }))

const found = (command: string, cwd?: string) =>
  Result.merge(findCommand(command, cwd, [join(root, "none"), join(root, "one"), join(root, "two")]))

it("a bare name is looked for in the search path, the first program counts", () => {
  assert.strictEqual(found("tool"), first)
})

it("a command with a slash is a path, relative to cwd", () => {
  assert.strictEqual(found("./tool", join(root, "one")), first)
  assert.strictEqual(found(first), first)
})

it("each way a command can be unusable says what was found and what to do", () => {
  assert.strictEqual(
    found("absent"),
    `command "absent" was not found in ${root}/none, ${root}/one, ${root}/two; install it or give its path in "command"`
  )
  assert.match(found("plain"), /two\/plain\) is not executable for this user; chmod \+x/)
  assert.match(found("./absent", root), /command ".\/absent" \(.*\/absent\) does not exist/)
  assert.match(found(root), /is a directory/)
  assert.match(found(""), /command "" was not found/)
})

it("empty and relative entries of PATH are not searched", () => {
  assert.deepStrictEqual(directoriesOf("/a::./b:c:/d"), ["/a", "/d"])
})

it("only a script that asks for node gets the gateway's Node in front, and only if PATH leads elsewhere", () => {
  const ownNode = program("own/node")
  program("other/node")
  const other = join(root, "other")
  assert.strictEqual(pathFor(script, `${other}:/bin`, ownNode), `${root}/own:${other}:/bin`)
  assert.strictEqual(pathFor(first, `${other}:/bin`, ownNode), `${other}:/bin`)
  assert.strictEqual(pathFor(script, `${root}/own:${other}`, ownNode), `${root}/own:${other}`)
  mkdirSync(join(root, "linked"))
  symlinkSync(ownNode, join(root, "linked/node"))
  assert.strictEqual(pathFor(script, `${root}/linked:/bin`, ownNode), `${root}/linked:/bin`)
  for (const line of ["#!/usr/bin/env -S node --no-warnings", "#! /usr/bin/env node"]) {
    assert.match(pathFor(program("two/other", `${line}\n`), "/none", ownNode), /own:\/none$/)
  }
  assert.strictEqual(pathFor(program("two/nodemon", "#!/usr/bin/env nodemon\n"), "/none", ownNode), "/none")
})

it.live("a node script found by its name runs on the gateway's Node, whatever the machine has", () =>
  Effect.gen(function* () {
    const { first } = yield* connectReady(scriptSpec("", { command: "script", args: [] }))
    assert.strictEqual(realpathSync(first), realpathSync(process.execPath))
  }).pipe(
    Effect.scoped,
    Effect.provide(stdioLayer({ searchFirst: [join(root, "two")], variables: { PATH: `${root}/other:/usr/bin:/bin` } }))
  )
)

const refusals: ReadonlyArray<readonly [string, Parameters<typeof scriptSpec>[1], RegExp]> = [
  [
    "a missing command",
    { command: "no-such-server" },
    /^backend "example": command "no-such-server" was not found in \//
  ],
  [
    "a missing interpreter",
    { command: program("two/orphan", "#!/no/such/sh\n") },
    /orphan" could not be started \(ENOENT\)/
  ],
  ["a missing working directory", { cwd: "/no/such/place" }, /working directory "\/no\/such\/place" does not exist/],
  ["an unset variable", { envPass: ["NO_SUCH_VARIABLE"] }, /env_pass names "NO_SUCH_VARIABLE"/],
  ["arguments beyond the system's limit", { args: ["x".repeat(4_000_000)] }, /could not be started \(E2BIG\)/],
  ["a NUL in an argument", { args: ["a\0b"] }, /could not be started \(ERR_INVALID_ARG_VALUE\)/]
]

for (const [what, launch, expected] of refusals) {
  it.live(`${what} is a ConnectError that says so`, () =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(connect(scriptSpec("", launch)))
      assert.strictEqual(error._tag, "ConnectError")
      assert.match(error.message, expected)
    }).pipe(Effect.scoped, Effect.provide(stdioLayer()))
  )
}
