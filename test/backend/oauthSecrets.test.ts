import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as fc from "fast-check"
import { generateKeyPairSync } from "node:crypto"
import { blank } from "../../src/backend/OAuthSecrets.ts"
import type { Challenge } from "../../src/backend/Credentials.ts"
import { canary, Guarded } from "../fixtures/authorizationServer.ts"
import { failureOf, OAuthSide } from "./oauthClient.ts"

const refused = (guarded: Guarded): Challenge => ({ status: 401, header: guarded.challenge })

/** Ways in which a server may show a text that it was sent. */
const shown: Readonly<Record<string, (text: string) => string>> = {
  plain: (text) => text,
  "in a URL": encodeURIComponent,
  "in a URL, in lower case": (text) => encodeURIComponent(text).replaceAll(/%../g, (byte) => byte.toLowerCase()),
  "in a form": (text) => new URLSearchParams({ a: text }).toString().slice(2),
  "in JSON": (text) => JSON.stringify(text).slice(1, -1),
  "in base64": (text) => Buffer.from(text).toString("base64").replace(/=+$/, ""),
  "in base64, in a URL": (text) => encodeURIComponent(Buffer.from(text).toString("base64").replace(/=+$/, "")),
  "in base64url": (text) => Buffer.from(text).toString("base64url")
}

const awkward = `${canary}/+ "=~'*ü`

describe("The words of an authorization server", () => {
  for (const [how, show] of Object.entries(shown)) {
    it(`say no secret ${how}`, () => {
      const secrets = fc.string({ minLength: 4, unit: "grapheme" })
      const property = fc.property(secrets, (secret) => {
        const words = blank(`(${show(secret)})`, [undefined, "", secret])
        assert.notInclude(words, show(secret))
        assert.include(words, "***")
      })
      fc.assert(property)
      assert.strictEqual(blank(`<${show(awkward)}>`, [awkward]), "<***>")
    })
  }

  it("say no rest of a secret that begins like another", () => {
    assert.strictEqual(blank("abcd-long abcd", ["abcd", "abcd-long"]), "*** ***")
  })

  it("may be about half a character", () => {
    assert.strictEqual(blank("secret", ["\ud800", "secret"]), "***")
  })

  it("do not tell the client's secret from the proof that it was sent", async () => {
    await using guarded = await Guarded.start({ tokenError: "invalid_client", words: (_, proof) => proof ?? "none" })
    const own = { grant: "client_credentials", clientId: "me", clientSecret: awkward } as const
    const message = await failureOf(new OAuthSide(guarded, own).credentials().refused(refused(guarded)))
    assert.match(message, /invalid_client Basic \*\*\*=*$/)
  })

  it("do not tell the assertion that a key has signed", async () => {
    await using guarded = await Guarded.start({ tokenError: "invalid_client" })
    let assertion = ""
    guarded.is.words = (body) => (assertion = new URLSearchParams(body).get("client_assertion") ?? "")
    const { privateKey: clientSecret } = generateKeyPairSync("ec", {
      namedCurve: "P-256",
      publicKeyEncoding: { format: "pem", type: "spki" },
      privateKeyEncoding: { format: "pem", type: "pkcs8" }
    })
    const own = { grant: "client_credentials", clientId: "me", clientSecret } as const
    const message = await failureOf(new OAuthSide(guarded, own).credentials().refused(refused(guarded)))
    assert.isAbove(assertion.length, 100)
    assert.match(message, /invalid_client \*\*\*$/)
  })

  it("tell neither the code nor the tokens of an earlier login", async () => {
    await using guarded = await Guarded.start()
    const side = new OAuthSide(guarded)
    await Effect.runPromise(side.login())
    guarded.is.tokenError = "invalid_grant"
    const given = [...guarded.accepted.keys(), ...guarded.refreshable.keys()]
    let sent = ""
    guarded.is.words = (body) => [...given, (sent = body)].join(" ")
    const message = await failureOf(side.login())
    const form = new URLSearchParams(sent)
    assert.include(message, "*** *** grant_type=authorization_code&code=***&code_verifier=***")
    for (const secret of [canary, form.get("code"), form.get("code_verifier")]) {
      assert.notInclude(message, secret ?? "none")
    }
  })
})
