import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { oauthBackends } from "../../src/backend/OAuthBackends.ts"
import type { HttpLaunch } from "../../src/domain/BackendSpec.ts"
import { canary, Guarded } from "../fixtures/authorizationServer.ts"
import { byPerson, OAuthSide } from "./oauthClient.ts"

const launchOf = (url: string, oauth: HttpLaunch["oauth"]): HttpLaunch => ({
  type: "http",
  url,
  transport: "auto",
  headers: {},
  allowedAddresses: [],
  oauth
})

describe("The tokens of the backends", () => {
  it("are there for a new connection as soon as somebody has logged in, and for all of its connections", async () => {
    await using guarded = await Guarded.start()
    const side = new OAuthSide(guarded)
    const credentialsFor = oauthBackends(side.stateDirectory)
    const spec = { name: "box", launch: launchOf(guarded.url, byPerson) }
    const first = credentialsFor(spec)
    assert.deepStrictEqual(first.headers(), {})
    await Effect.runPromise(side.login())
    const second = credentialsFor(spec)
    assert.include(second.headers()["authorization"], `Bearer ${canary}`)
    assert.deepStrictEqual(first.headers(), second.headers())
  })

  it("do not follow a backend to another URL, and are nothing to one without OAuth", async () => {
    await using guarded = await Guarded.start()
    const side = new OAuthSide(guarded)
    await Effect.runPromise(side.login())
    const credentialsFor = oauthBackends(side.stateDirectory)
    const headersAt = (url: string, oauth: HttpLaunch["oauth"]) =>
      credentialsFor({ name: "box", launch: launchOf(url, oauth) }).headers()
    assert.property(headersAt(guarded.url, byPerson), "authorization")
    assert.deepStrictEqual(headersAt(`${guarded.origin}/other`, byPerson), {})
    assert.deepStrictEqual(headersAt(guarded.url, undefined), {})
  })
})
