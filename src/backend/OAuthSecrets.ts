import type { OAuthSettings } from "../domain/BackendSpec.ts"
import type { TokenRecord } from "./TokenFile.ts"

/** The parameters of a token request that nobody else may see (RFC 6749, 4.1.3 and 6; RFC 7521, 4.2; RFC 7636, 4.5). */
const secretParameters = ["client_secret", "client_assertion", "refresh_token", "code", "code_verifier"]

/** The secrets in a request to an authorization server, as they are sent. */
export const secretsSent = (headers: Readonly<Record<string, string>>, body: string | undefined): Array<string> => {
  const form = new URLSearchParams(body ?? "")
  const proof = headers["authorization"]?.split(" ").at(-1) ?? ""
  return [proof, ...secretParameters.flatMap((name) => form.getAll(name))]
}

/** The secrets that the gateway has for a backend. */
export const secretsKept = (
  { client, tokens }: TokenRecord,
  { clientSecret }: OAuthSettings
): ReadonlyArray<string | undefined> => [tokens?.access, tokens?.refresh, client?.secret, clientSecret]

/**
 * Words without the secrets: a server can put into them what it was sent, as it was sent or as it was meant. Each secret
 * is found plain, in base64, and either of them as it stands in a URL, in a form or in JSON.
 */
export const blank = (words: string, secrets: ReadonlyArray<string | undefined>): string => {
  const known = new Set(secrets.flatMap((secret) => (secret === undefined ? [] : formsOf(secret))))
  known.delete("")
  // The longest first: one secret may begin like another.
  const ordered = [...known].sort((one, other) => other.length - one.length)
  return ordered.reduce((text, secret) => text.replaceAll(secret, "***"), words)
}

const formsOf = (secret: string): ReadonlyArray<string> => {
  const bytes = Buffer.from(secret, "utf8")
  const unpadded = bytes.toString("base64").replace(/=+$/, "")
  return [secret, unpadded, bytes.toString("base64url")].flatMap((text) => {
    // Half of a surrogate pair can't be written in a URL.
    const escaped = encodeURIComponent(text.toWellFormed())
    const form = new URLSearchParams([["", text]]).toString().slice(1)
    return [text, escaped, lowerHex(escaped), form, lowerHex(form), JSON.stringify(text).slice(1, -1)]
  })
}

const lowerHex = (escaped: string): string => escaped.replaceAll(/%[0-9A-F]{2}/g, (byte) => byte.toLowerCase())
