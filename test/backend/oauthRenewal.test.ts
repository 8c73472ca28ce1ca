import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as TestClock from "effect/testing/TestClock"
import { existsSync, utimesSync, writeFileSync } from "node:fs"
import { vi } from "vitest"
import { loginLookMillis, renewalMillis } from "../../src/backend/OAuthCredentials.ts"
import { accessTokenChars } from "../../src/backend/OAuthGrants.ts"
import { renewalRetries } from "../../src/backend/OAuthRenewal.ts"
import { turnMillis } from "../../src/backend/OAuthTurn.ts"
import type { Challenge } from "../../src/backend/Credentials.ts"
import { canary, Guarded } from "../fixtures/authorizationServer.ts"
import { failureOf, OAuthSide } from "./oauthClient.ts"

const refused = (guarded: Guarded): Challenge => ({ status: 401, header: guarded.challenge })

/** A pair, and a gateway that is logged in to it with a token that is not good any more. */
const expired = async () => {
  const guarded = await Guarded.start({ scope: "read" })
  const side = new OAuthSide(guarded)
  await Effect.runPromise(side.login())
  guarded.accepted.clear()
  guarded.tokenRequests.length = 0
  return { guarded, side, credentials: side.credentials() }
}

describe("Renewing the tokens of an HTTP backend", () => {
  it("refreshes a token that is refused, and keeps what it got", async () => {
    const { credentials, guarded, side } = await expired()
    await using _ = guarded
    assert.strictEqual((await guarded.ask(credentials.headers())).status, 401)
    assert.isTrue(await Effect.runPromise(credentials.refused(refused(guarded))))
    assert.strictEqual((await guarded.ask(credentials.headers())).status, 200)
    assert.deepInclude(guarded.tokenRequests[0], { grant_type: "refresh_token", resource: guarded.url })
    assert.deepStrictEqual(side.credentials().headers(), credentials.headers())
  })

  it("refreshes once, however many requests are refused at once", async () => {
    const { credentials, guarded } = await expired()
    await using _ = guarded
    const all = Array.from({ length: 64 }, () => credentials.refused(refused(guarded)))
    const results = await Effect.runPromise(Effect.all(all, { concurrency: "unbounded" }))
    assert.isTrue(results.every(Boolean))
    // And some whose refusal arrives when the new token is there already.
    assert.isTrue(await Effect.runPromise(credentials.refused(refused(guarded))))
    assert.strictEqual(guarded.tokenRequests.length, 1)
  })

  it("refreshes once, however many gateways share the tokens", async () => {
    const { guarded, side } = await expired()
    await using _ = guarded
    const gateways = Array.from({ length: 5 }, () => side.credentials())
    const all = gateways.map((credentials) => credentials.refused(refused(guarded)))
    const results = await Effect.runPromise(Effect.all(all, { concurrency: "unbounded" }))
    assert.isTrue(results.every(Boolean))
    assert.strictEqual(guarded.tokenRequests.length, 1)
    for (const { headers } of gateways) assert.strictEqual((await guarded.ask(headers())).status, 200)
  })

  it("leaves the others their refresh when the first one's request is cancelled", async () => {
    const { credentials, guarded } = await expired()
    await using _ = guarded
    const first = Effect.runFork(credentials.refused(refused(guarded)))
    const second = Effect.runFork(credentials.refused(refused(guarded)))
    first.interruptUnsafe()
    const done = await Effect.runPromise(Fiber.join(second))
    assert.isTrue(done)
  })

  it("takes over what a login put there, without asking anybody", async () => {
    await using guarded = await Guarded.start()
    const side = new OAuthSide(guarded)
    const credentials = side.credentials()
    assert.include(await failureOf(credentials.refused(refused(guarded))), "run `sentinel login box`")
    await Effect.runPromise(side.login())
    guarded.tokenRequests.length = 0
    assert.isTrue(await Effect.runPromise(credentials.refused(refused(guarded))))
    assert.strictEqual((await guarded.ask(credentials.headers())).status, 200)
    assert.deepStrictEqual(guarded.tokenRequests, [])
  })

  it.effect("tells when somebody has logged in, to whom waits for it", () =>
    Effect.gen(function* () {
      const guarded = yield* Effect.acquireRelease(
        Effect.promise(() => Guarded.start()),
        (started) => Effect.promise(() => started[Symbol.asyncDispose]())
      )
      const side = new OAuthSide(guarded)
      const credentials = side.credentials()
      yield* Effect.flip(credentials.refused(refused(guarded)))
      const waiting = yield* Effect.forkScoped(credentials.renewed)
      yield* TestClock.adjust(loginLookMillis)
      assert.isUndefined(waiting.pollUnsafe())
      yield* side.login()
      yield* TestClock.adjust(loginLookMillis)
      yield* Fiber.join(waiting)
      credentials.reload()
      const { status } = yield* Effect.promise(() => guarded.ask(credentials.headers()))
      assert.strictEqual(status, 200)
    })
  )

  it("asks for a login when the refresh token is revoked, and does not use it again", async () => {
    const { credentials, guarded, side } = await expired()
    await using _ = guarded
    guarded.refreshable.clear()
    const message = await failureOf(credentials.refused(refused(guarded)))
    assert.match(message, /invalid_grant.*: run `sentinel login box`$/)
    assert.include(await failureOf(credentials.refused(refused(guarded))), "run `sentinel login box`")
    assert.strictEqual(guarded.tokenRequests.length, 1)
    assert.notInclude(side.text(), `${canary}-refresh`)
  })

  it("says no secret when a server repeats all that it was sent", async () => {
    const { credentials, guarded } = await expired()
    await using _ = guarded
    guarded.is.tokenError = "invalid_grant"
    const message = await failureOf(credentials.refused(refused(guarded)))
    assert.include(message, "***")
    assert.notInclude(message, canary)
  })

  it("asks an authorization server that is overloaded again, a few times", async () => {
    const { credentials, guarded } = await expired()
    await using _ = guarded
    guarded.is.tokenStatus = 503
    const message = await failureOf(credentials.refused(refused(guarded)))
    assert.include(message, "refreshing the token: HTTP 503")
    assert.strictEqual(guarded.tokenRequests.length, 1 + renewalRetries)
    guarded.is.tokenStatus = undefined
    assert.isTrue(await Effect.runPromise(credentials.refused(refused(guarded))))
  })

  it("asks an authorization server that is down once for all who were refused", async () => {
    const { credentials, guarded } = await expired()
    await using _ = guarded
    guarded.is.tokenStatus = 503
    const all = Array.from({ length: 20 }, () => Effect.flip(credentials.refused(refused(guarded))))
    await Effect.runPromise(Effect.all(all, { concurrency: "unbounded" }))
    assert.strictEqual(guarded.tokenRequests.length, 1 + renewalRetries)
  })

  it.effect("gives up on an authorization server that does not answer", () =>
    Effect.gen(function* () {
      const { credentials, guarded } = yield* Effect.acquireRelease(
        Effect.promise(() => expired()),
        (started) => Effect.promise(() => started.guarded[Symbol.asyncDispose]())
      )
      guarded.is.hangs = true
      const failing = yield* Effect.forkScoped(Effect.flip(credentials.refused(refused(guarded))))
      yield* Effect.promise(() => vi.waitUntil(() => guarded.tokenRequests.length > 0))
      yield* TestClock.adjust(renewalMillis)
      assert.strictEqual((yield* Fiber.join(failing)).reason, `no new token within ${renewalMillis} ms`)
    })
  )

  it("does not wait for a gateway that died during its renewal", async () => {
    const { credentials, guarded, side } = await expired()
    await using _ = guarded
    writeFileSync(`${side.file}.lock`, "")
    const longAgo = (Date.now() - turnMillis - 1_000) / 1_000
    utimesSync(`${side.file}.lock`, longAgo, longAgo)
    assert.isTrue(await Effect.runPromise(credentials.refused(refused(guarded))))
    assert.isFalse(existsSync(`${side.file}.lock`))
  })

  it("takes no token that can't be sent", async () => {
    for (const access of ["two words", "a".repeat(accessTokenChars + 1), "line\r\nend"]) {
      const { credentials, guarded } = await expired()
      await using _ = guarded
      guarded.is.access = access
      assert.include(await failureOf(credentials.refused(refused(guarded))), "no token to send")
    }
  })
})
