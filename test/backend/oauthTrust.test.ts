import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { writeFileSync } from "node:fs"
import { createServer } from "node:http"
import { AddressGuard } from "../../src/backend/AddressGuard.ts"
import { answerBytes, openFetch } from "../../src/backend/OAuthFetch.ts"
import { tokenFileBytes } from "../../src/backend/TokenFile.ts"
import { type Behaviour, canary, Guarded } from "../fixtures/authorizationServer.ts"
import { failureOf, OAuthSide } from "./oauthClient.ts"

/** Why a login at a pair that behaves so fails; no code may have gone anywhere. */
const refusal = async (behaviour: Partial<Behaviour>): Promise<string> => {
  await using guarded = await Guarded.start(behaviour)
  const message = await failureOf(new OAuthSide(guarded).login())
  assert.deepStrictEqual(guarded.tokenRequests, [])
  assert.notInclude(message, canary)
  return message
}

describe("Whom the gateway trusts as an OAuth client", () => {
  it("takes no code from an issuer it did not ask", async () => {
    assert.include(await refusal({ iss: "https://evil.example" }), "the answer is from https://evil.example")
  })

  it("compares the issuer letter by letter", async () => {
    await using guarded = await Guarded.start({ advertiseIss: true })
    guarded.is.iss = `${guarded.issuer}/`
    assert.include(await failureOf(new OAuthSide(guarded).login()), "nothing was sent to either")
    guarded.is.iss = guarded.issuer
    assert.deepInclude(await Effect.runPromise(new OAuthSide(guarded).login()), { _tag: "LoggedIn" })
  })

  it("takes no code without an issuer from a server whose answers name it", async () => {
    assert.include(await refusal({ advertiseIss: true }), "does not say that it is from")
  })

  it("does not repeat the error of an issuer it did not ask", async () => {
    assert.notInclude(await refusal({ iss: "https://evil.example", error: "call_this_number" }), "call_this_number")
  })

  it("does not use metadata about another authorization server", async () => {
    assert.include(await refusal({ metadataIssuer: "https://honest.example" }), "is about another one")
  })

  it("does not use metadata about another MCP server", async () => {
    assert.include(await refusal({ resource: "https://honest.example/mcp" }), "is about another server")
  })

  it("does not take a path for another that only begins like it", async () => {
    await using guarded = await Guarded.start()
    guarded.is.resource = guarded.url.slice(0, -1)
    assert.include(await failureOf(new OAuthSide(guarded).login()), "is about another server")
  })

  it("goes on only with an authorization server that supports PKCE", async () => {
    assert.include(await refusal({ pkce: false }), "PKCE with S256")
  })

  it("sends nothing in the clear to another machine", async () => {
    assert.include(
      await refusal({ tokenEndpoint: "http://auth.example/token" }),
      "http://auth.example/token is not https"
    )
  })

  it("sends nothing in the clear for the SDK either", async () => {
    const { fetch } = openFetch(new AddressGuard("box", new URL("https://mcp.example/mcp"), []))
    const reason = await fetch("http://auth.example/").then(String, ({ message }) => String(message))
    assert.strictEqual(reason, "http://auth.example is not https")
  })

  it("does not go to a private address because a server says so", async () => {
    const guard = new AddressGuard("box", new URL("https://mcp.example/mcp"), [])
    const { fetch } = openFetch(guard)
    for (const url of ["https://127.0.0.1:1/", "https://169.254.169.254/", "https://[::1]:1/", "http://localhost:1/"]) {
      const reason = await fetch(url).then(String, ({ message }) => String(message))
      assert.match(reason, /may not be reached/, url)
    }
  })

  it("follows no redirect, reads no endless answer, and waits for none for ever", async () => {
    const asked: Array<string> = []
    const server = createServer((request, response) => {
      asked.push(request.url ?? "")
      if (request.url === "/silent") return
      if (request.url === "/away") return void response.writeHead(302, { location: "/there" }).end()
      response.writeHead(200).end("x".repeat(answerBytes + 1))
    })
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))
    const address = server.address()
    const origin = `http://127.0.0.1:${typeof address === "object" ? address?.port : 0}`
    const { fetch } = openFetch(new AddressGuard("box", new URL(origin), []))
    const away = await fetch(`${origin}/away`)
    assert.strictEqual(away.status, 302)
    assert.isNull(away.headers.get("location"))
    const endless = await fetch(`${origin}/endless`).then(String, ({ message }) => String(message))
    assert.include(endless, `more than ${answerBytes} bytes`)
    assert.deepStrictEqual(asked, ["/away", "/endless"])
    const silent = openFetch(new AddressGuard("box", new URL(origin), []), 50).fetch(`${origin}/silent`)
    assert.include(await silent.then(String, ({ message }) => String(message)), "no answer within 50 ms")
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  })

  it("sends tokens to no other URL, grant or client than they were given for", async () => {
    await using guarded = await Guarded.start()
    const side = new OAuthSide(guarded)
    await Effect.runPromise(side.login())
    assert.include(side.credentials().headers()["authorization"], canary)
    const { stateDirectory } = side
    const others = [
      new OAuthSide({ url: "https://evil.example/mcp" }, {}, stateDirectory),
      new OAuthSide({ url: `${guarded.url}/other` }, {}, stateDirectory),
      new OAuthSide(guarded, { grant: "client_credentials" }, stateDirectory),
      new OAuthSide(guarded, { clientId: "another" }, stateDirectory)
    ]
    for (const other of others) assert.deepStrictEqual(other.credentials().headers(), {})
  })

  it("takes a token file that is damaged or too large for none", async () => {
    await using guarded = await Guarded.start()
    const side = new OAuthSide(guarded)
    await Effect.runPromise(side.login())
    const whole = side.text()
    writeFileSync(side.file, whole.slice(0, 40))
    assert.deepStrictEqual(side.credentials().headers(), {})
    writeFileSync(side.file, whole + " ".repeat(tokenFileBytes - whole.length))
    assert.include(side.credentials().headers()["authorization"], canary)
    writeFileSync(side.file, whole + " ".repeat(tokenFileBytes - whole.length + 1))
    assert.deepStrictEqual(side.credentials().headers(), {})
  })

  it("does not show a configured client to the authorization server that the server names next", async () => {
    await using guarded = await Guarded.start()
    await using next = await Guarded.start()
    const side = new OAuthSide(guarded, { clientId: "me", clientSecret: `${canary}-secret` })
    await Effect.runPromise(side.login())
    guarded.is.names = next.issuer
    assert.include(await failureOf(side.login()), "sentinel logout box")
    assert.deepStrictEqual(next.authorizations, [])
  })

  it("shows neither refresh token nor client to the authorization server that the server names next", async () => {
    await using guarded = await Guarded.start()
    await using next = await Guarded.start()
    const side = new OAuthSide(guarded)
    await Effect.runPromise(side.login())
    guarded.is.names = next.issuer
    const refused = side.credentials().refused({ status: 401, header: guarded.challenge })
    assert.include(await failureOf(refused), "run `sentinel login box`")
    assert.deepStrictEqual(next.tokenRequests, [])
    await Effect.runPromise(side.login())
    assert.strictEqual(next.registrations.length, 1)
    assert.notStrictEqual(next.authorizations[0]?.["client_id"], guarded.authorizations[0]?.["client_id"])
  })
})
