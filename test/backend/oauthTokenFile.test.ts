import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as TestClock from "effect/testing/TestClock"
import { execFileSync } from "node:child_process"
import { chmodSync, chownSync, mkdirSync, readdirSync, renameSync, rmSync, symlinkSync } from "node:fs"
import { dirname } from "node:path"
import type { Challenge } from "../../src/backend/Credentials.ts"
import { loginLookMillis } from "../../src/backend/OAuthCredentials.ts"
import { openTokenFile } from "../../src/backend/TokenFile.ts"
import { canary, Guarded } from "../fixtures/authorizationServer.ts"
import { failureOf, OAuthSide } from "./oauthClient.ts"

const refused = (guarded: Guarded): Challenge => ({ status: 401, header: guarded.challenge })

/** What the gateway and a login say after the token file was changed so; no token may go out. */
const afterwards = async (change: (file: string) => void): Promise<string> => {
  await using guarded = await Guarded.start()
  const side = new OAuthSide(guarded)
  await Effect.runPromise(side.login())
  guarded.tokenRequests.length = 0
  guarded.authorizations.length = 0
  change(side.file)
  const credentials = side.credentials()
  assert.deepStrictEqual(credentials.headers(), {})
  const message = await failureOf(credentials.refused(refused(guarded)))
  assert.strictEqual(await failureOf(side.login()), message)
  assert.deepStrictEqual([guarded.tokenRequests, guarded.authorizations], [[], []])
  assert.match(message, /; remove it and log in again$/)
  return message.replace(side.file, "FILE")
}

const root = process.geteuid?.() === 0

describe("A token file", () => {
  it("is not used when others may have read or written it", async () => {
    for (const mode of [0o640, 0o604, 0o620, 0o602]) {
      const message = await afterwards((file) => chmodSync(file, mode))
      assert.include(message, `FILE is not used: others may read or change it (mode ${mode.toString(8)}`)
    }
  })

  it("is not used when it is a link", async () => {
    const message = await afterwards((file) => {
      renameSync(file, `${file}.elsewhere`)
      symlinkSync(`${file}.elsewhere`, file)
    })
    assert.include(message, "FILE is not used: it is a symbolic link")
  })

  it("is not used when it is no file, and a pipe is not waited for", async () => {
    const directory = await afterwards((file) => {
      rmSync(file)
      mkdirSync(file)
    })
    assert.include(directory, "FILE is not used: it is no regular file")
    const pipe = await afterwards((file) => {
      rmSync(file)
      execFileSync("mkfifo", ["-m", "600", file])
    })
    assert.include(pipe, "FILE is not used: it is no regular file")
  })

  it.skipIf(!root)("is not used when it is another user's", async () => {
    const message = await afterwards((file) => chownSync(file, 12_345, 12_345))
    assert.include(message, "FILE is not used: it belongs to another user (12345)")
  })

  it.effect("is used again when it is this user's alone", () =>
    Effect.gen(function* () {
      const side = new OAuthSide({ url: "http://127.0.0.1:1/mcp" })
      const record = { url: side.url, grant: "authorization_code", tokens: { access: canary } } as const
      openTokenFile(side.stateDirectory, { backend: "box", url: side.url, oauth: side.oauth }).write(record)
      chmodSync(side.file, 0o644)
      const credentials = side.credentials()
      const waiting = yield* Effect.forkScoped(credentials.renewed)
      yield* TestClock.adjust(loginLookMillis)
      assert.isUndefined(waiting.pollUnsafe())
      assert.deepStrictEqual(credentials.headers(), {})
      chmodSync(side.file, 0o600)
      yield* TestClock.adjust(loginLookMillis)
      yield* Fiber.join(waiting)
      credentials.reload()
      assert.deepStrictEqual(credentials.headers(), { authorization: `Bearer ${canary}` })
    })
  )

  it("leaves no draft when it can't be written", async () => {
    const side = new OAuthSide({ url: "http://127.0.0.1:1/mcp" })
    mkdirSync(side.file, { recursive: true })
    const file = openTokenFile(side.stateDirectory, { backend: "box", url: side.url, oauth: side.oauth })
    assert.throws(() => file.write({ url: side.url, grant: "authorization_code", tokens: { access: canary } }))
    assert.deepStrictEqual(readdirSync(dirname(side.file)), ["box.json"])
  })
})
