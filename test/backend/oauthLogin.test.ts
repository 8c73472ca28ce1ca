import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { statSync } from "node:fs"
import { createServer } from "node:net"
import { dirname } from "node:path"
import { browse, canary, Guarded } from "../fixtures/authorizationServer.ts"
import { failureOf, OAuthSide } from "./oauthClient.ts"

describe("Logging in to an HTTP backend", () => {
  it("gets a token by PKCE for that server alone, and the gateway's requests carry it", async () => {
    await using guarded = await Guarded.start({ scope: "read" })
    const side = new OAuthSide(guarded)
    const result = await Effect.runPromise(side.login())
    assert.deepStrictEqual(result, { _tag: "LoggedIn", issuer: guarded.issuer, scope: "read", file: side.file })
    const [asked] = guarded.authorizations
    assert.strictEqual(asked?.["resource"], guarded.url)
    assert.strictEqual(asked?.["code_challenge_method"], "S256")
    assert.strictEqual(asked?.["scope"], "read")
    assert.match(asked?.["redirect_uri"] ?? "", /^http:\/\/127\.0\.0\.1:\d+\/callback$/)
    assert.strictEqual(guarded.tokenRequests[0]?.["resource"], guarded.url)
    const { status } = await guarded.ask(side.credentials().headers())
    assert.strictEqual(status, 200)
  })

  it("registers as a native application that wants to refresh, once", async () => {
    await using guarded = await Guarded.start()
    const side = new OAuthSide(guarded)
    await Effect.runPromise(side.login())
    await Effect.runPromise(side.login())
    assert.strictEqual(guarded.registrations.length, 1)
    assert.deepInclude(guarded.registrations[0], {
      application_type: "native",
      grant_types: ["authorization_code", "refresh_token"],
      redirect_uris: [guarded.authorizations[0]?.["redirect_uri"]]
    })
  })

  it("registers again when its port is taken by another", async () => {
    await using guarded = await Guarded.start()
    const side = new OAuthSide(guarded)
    await Effect.runPromise(side.login())
    const port = Number(new URL(guarded.authorizations[0]?.["redirect_uri"] ?? "").port)
    const other = createServer()
    await new Promise<void>((resolve) => other.listen(port, "127.0.0.1", resolve))
    await Effect.runPromise(side.login())
    await new Promise((resolve) => other.close(resolve))
    assert.strictEqual(guarded.registrations.length, 2)
    assert.notStrictEqual(guarded.authorizations[0]?.["redirect_uri"], guarded.authorizations[1]?.["redirect_uri"])
  })

  it("keeps the tokens where only this user can read them", async () => {
    await using guarded = await Guarded.start()
    const side = new OAuthSide(guarded)
    await Effect.runPromise(side.login())
    assert.strictEqual(statSync(side.file).mode & 0o777, 0o600)
    assert.strictEqual(statSync(dirname(side.file)).mode & 0o777, 0o700)
    assert.include(side.text(), canary)
  })

  it("says so when the server asks for no token", async () => {
    await using open = await Guarded.start({ describesItself: false })
    open.accepted.set("", "")
    assert.deepStrictEqual(await Effect.runPromise(new OAuthSide(open).login()), { _tag: "NotAsked" })
    assert.deepStrictEqual(open.authorizations, [])
  })

  it("takes a server that says nothing of itself for its own authorization server, as in 2025-03-26", async () => {
    await using guarded = await Guarded.start({ describesItself: false })
    const result = await Effect.runPromise(new OAuthSide(guarded).login())
    assert.deepInclude(result, { _tag: "LoggedIn", issuer: guarded.origin })
    assert.strictEqual(guarded.tokenRequests[0]?.["resource"], guarded.url)
  })

  it("asks for all scopes of a server that names none for the request, and for offline access where there is such", async () => {
    await using guarded = await Guarded.start({ scopesSupported: ["read", "write"] })
    await Effect.runPromise(new OAuthSide(guarded).login())
    await Effect.runPromise(new OAuthSide(guarded, { scope: "only" }).login())
    assert.deepStrictEqual(
      guarded.authorizations.map(({ scope }) => scope),
      ["read write", "only"]
    )
  })

  it("waits on when an answer with another state comes, and gives up in time", async () => {
    await using guarded = await Guarded.start({ state: "forged" })
    const side = new OAuthSide(guarded)
    let page = { status: 0, text: "" }
    const open = (url: string) => Effect.promise(async () => void (page = await browse(url)))
    assert.include(await failureOf(side.login({ waitMillis: 50, open })), "nobody came back from the browser in time")
    assert.strictEqual(page.status, 400)
    assert.deepStrictEqual(guarded.tokenRequests, [])
  })

  it("shows the words of an authorization server that refuses", async () => {
    await using guarded = await Guarded.start({ error: "access_denied" })
    assert.include(await failureOf(new OAuthSide(guarded).login()), "the authorization server refused: access_denied")
  })

  it("uses a configured client without registering, with its secret", async () => {
    await using guarded = await Guarded.start({ registers: false })
    const client = { clientId: "me", clientSecret: `${canary}-secret` }
    const side = new OAuthSide(guarded, client)
    await Effect.runPromise(side.login())
    assert.strictEqual(guarded.authorizations[0]?.["client_id"], "me")
    assert.strictEqual(guarded.proofs[0], `Basic ${btoa(`me:${canary}-secret`)}`)
    assert.notInclude(side.text(), `${canary}-secret`)
  })

  it("asks for a client_id where no client can register", async () => {
    await using guarded = await Guarded.start({ registers: false })
    assert.include(await failureOf(new OAuthSide(guarded).login()), "register one there and set client_id")
  })
})
