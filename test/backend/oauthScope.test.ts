import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { generateKeyPairSync } from "node:crypto"
import type { Challenge } from "../../src/backend/Credentials.ts"
import { renewalsMax } from "../../src/backend/OAuthCredentials.ts"
import { assertionSeconds } from "../../src/backend/OAuthKey.ts"
import { canary, Guarded } from "../fixtures/authorizationServer.ts"
import { failureOf, OAuthSide } from "./oauthClient.ts"

const refused = (guarded: Guarded): Challenge => ({ status: 401, header: guarded.challenge })
const wants = (scope: string): Challenge => ({
  status: 403,
  header: `Bearer error="insufficient_scope", scope="${scope}"`
})
const itself = { grant: "client_credentials", clientId: "me", clientSecret: `${canary}-secret` } as const

describe("The scope of an HTTP backend's tokens, and tokens without a person", () => {
  it("asks for a login when more scope is wanted, which then asks for what was granted and what is wanted", async () => {
    await using guarded = await Guarded.start({ scope: "read" })
    const side = new OAuthSide(guarded)
    await Effect.runPromise(side.login())
    const credentials = side.credentials()
    guarded.is.needed = "write"
    const { header, status } = await guarded.ask(credentials.headers())
    assert.strictEqual(status, 403)
    const message = await failureOf(credentials.refused({ status: 403, header }))
    assert.strictEqual(message, 'the server wants a token for "write": run `sentinel login box`')
    await Effect.runPromise(side.login())
    assert.strictEqual(guarded.authorizations[1]?.["scope"], "read write")
    credentials.reload()
    assert.strictEqual((await guarded.ask(credentials.headers())).status, 200)
  })

  it("does not ask for more when the token has the scope that is wanted, nor beyond the configured scope", async () => {
    await using guarded = await Guarded.start({ scope: "read" })
    const side = new OAuthSide(guarded)
    await Effect.runPromise(side.login())
    assert.include(await failureOf(side.credentials().refused(wants("read"))), "though the token has the scope")
    const narrow = new OAuthSide(guarded, { scope: "read" }, side.stateDirectory)
    assert.include(await failureOf(narrow.credentials().refused(wants("admin"))), "add it to the configured scope")
    const plain = side.credentials().refused({ status: 403, header: undefined })
    assert.strictEqual(await failureOf(plain), "the server forbids it")
  })

  it("gets tokens by itself with client credentials, and more scope when it is wanted", async () => {
    await using guarded = await Guarded.start({ scope: "read", registers: false })
    const credentials = new OAuthSide(guarded, itself).credentials()
    assert.isTrue(await Effect.runPromise(credentials.refused(refused(guarded))))
    assert.strictEqual((await guarded.ask(credentials.headers())).status, 200)
    guarded.is.needed = "write"
    const { header } = await guarded.ask(credentials.headers())
    assert.isTrue(await Effect.runPromise(credentials.refused({ status: 403, header })))
    assert.strictEqual((await guarded.ask(credentials.headers())).status, 200)
    assert.deepStrictEqual(
      guarded.tokenRequests.map(({ grant_type, resource, scope }) => [grant_type, scope, resource]),
      [
        ["client_credentials", "read", guarded.url],
        ["client_credentials", "read write", guarded.url]
      ]
    )
    assert.strictEqual(guarded.proofs[0], `Basic ${btoa(`me:${canary}-secret`)}`)
  })

  it("signs with a client secret that is a private key, and does not send it", async () => {
    await using guarded = await Guarded.start({ registers: false })
    const { privateKey } = generateKeyPairSync("ec", { namedCurve: "prime256v1" })
    const clientSecret = privateKey.export({ type: "pkcs8", format: "pem" }).toString()
    const credentials = new OAuthSide(guarded, { ...itself, clientSecret }).credentials()
    assert.isTrue(await Effect.runPromise(credentials.refused(refused(guarded))))
    const [form] = guarded.tokenRequests
    const [, claims = ""] = (form?.["client_assertion"] ?? "").split(".")
    const claimed = JSON.parse(Buffer.from(claims, "base64url").toString())
    assert.deepInclude(claimed, { iss: "me", sub: "me", aud: guarded.issuer })
    assert.strictEqual(claimed.exp - claimed.iat, assertionSeconds)
    assert.isUndefined(form?.["client_secret"])
  })

  it("gives up on a server that refuses one new token after the other", async () => {
    await using guarded = await Guarded.start({ registers: false, scope: "a" })
    const credentials = new OAuthSide(guarded, itself).credentials()
    const all = Array.from({ length: renewalsMax }, (_, index) => credentials.refused(wants(`s${index}`)))
    await Effect.runPromise(Effect.all(all))
    assert.include(await failureOf(credentials.refused(wants("more"))), "new tokens within a minute")
    assert.strictEqual(guarded.tokenRequests.length, renewalsMax)
  })
})
