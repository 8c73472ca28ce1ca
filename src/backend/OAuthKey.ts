import type { AddClientAuthentication } from "@modelcontextprotocol/sdk/client/auth.js"
import { createPrivateKey } from "node:crypto"

/** How long an assertion is valid. */
export const assertionSeconds = 60

/** A client's secret can be a private key: then the key signs, and is not sent. */
export const isPrivateKey = (secret: string): boolean => secret.trimStart().startsWith("-----BEGIN ")

const algorithms: Readonly<Record<string, string>> = {
  rsa: "RS256",
  prime256v1: "ES256",
  secp384r1: "ES384",
  secp521r1: "ES512",
  ed25519: "EdDSA"
}

/** Proves who the client is by a signed assertion (`private_key_jwt`; RFC 7523, 2.2). */
export const provingByKey =
  (clientId: string, pem: string, issuer: string): AddClientAuthentication =>
  (headers, params, url, metadata) => {
    const key = createPrivateKey(pem)
    const kind = key.asymmetricKeyDetails?.namedCurve ?? key.asymmetricKeyType ?? ""
    const alg = algorithms[kind]
    if (alg === undefined) throw new Error(`client_secret is a private key of a kind that can't be used: ${kind}`)
    const privateKey = { ...key.export({ format: "jwk" }) }
    return import("@modelcontextprotocol/sdk/client/auth-extensions.js").then(({ createPrivateKeyJwtAuth }) =>
      createPrivateKeyJwtAuth({
        issuer: clientId,
        subject: clientId,
        audience: issuer,
        alg,
        privateKey,
        lifetimeSeconds: assertionSeconds
      })(headers, params, url, metadata)
    )
  }
