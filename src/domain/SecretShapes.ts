/**
 * Recognises secrets by the name they are written under and by their own shape, so that one written into a file is
 * refused and never repeated in a message. Names decide by whole words: `MAX_TOKENS` and `jwt_secret_env` are innocent.
 */

const words = (line: string): ReadonlySet<string> => new Set(line.split(" "))

const secretWords = words(
  "secret secrets token password passwords passwd passphrase pwd apikey authtoken accesstoken privatekey secretkey " +
    "credential credentials authorization bearer"
)

/** Before `key` these make it a secret: `api_key`, `PRIVATE_KEY`, but not `SORT_KEY`. */
const secretKinds = words("api private access secret signing encryption auth master service shared account")

/** A name that ends so speaks about a secret without being one: `jwt_secret_env`, `TOKEN_FILE`, `TOKEN_LIMIT`. */
const innocentEndings = words(
  "env file path dir name url uri endpoint type id secs seconds ms ttl expiry limit count budget length size bytes enabled"
)

const wordsOf = (name: string): ReadonlyArray<string> =>
  name
    .replaceAll(/([a-z0-9])([A-Z])/g, "$1_$2")
    .toLowerCase()
    .split(/[^a-z0-9]+/)
    .filter((word) => word !== "")

/** Whether a value under this name is probably a secret: `GITHUB_TOKEN`, `jwt_secret`, `--api-key`. */
export const isSecretName = (name: string): boolean => {
  // The shells' variables for the working directory: no password.
  if (name === "PWD" || name === "OLDPWD") return false
  const parts = wordsOf(name)
  if (innocentEndings.has(parts.at(-1) ?? "")) return false
  return parts.some(
    (part, index) => secretWords.has(part) || (part === "key" && secretKinds.has(parts[index - 1] ?? ""))
  )
}

/** Tokens that say by their beginning what they are, private keys, and JWTs. */
const secretText = new RegExp(
  [
    String.raw`\b(?:sk|pk|rk)[-_](?:[A-Za-z0-9]+[-_])*[A-Za-z0-9]{20,}`,
    String.raw`\bgh[opsur]_[A-Za-z0-9]{20,}`,
    String.raw`\bgithub_pat_[A-Za-z0-9_]{20,}`,
    String.raw`\bglpat-[A-Za-z0-9_-]{16,}`,
    String.raw`\bxox[abeoprs]-[A-Za-z0-9-]{10,}`,
    String.raw`\bA(?:KIA|SIA)[A-Z0-9]{16}\b`,
    String.raw`\bAIza[A-Za-z0-9_-]{30,}`,
    String.raw`\bnpm_[A-Za-z0-9]{30,}`,
    String.raw`\beyJ[A-Za-z0-9_-]{8,}\.eyJ[A-Za-z0-9_-]{8,}\.`,
    String.raw`-----BEGIN [A-Z ]*PRIVATE KEY-----`,
    String.raw`\b[Bb]earer [A-Za-z0-9._~+/=-]{16,}`
  ].join("|")
)

/** Whether a text has the shape of a well-known kind of token or key, whatever it is called. */
export const isSecretText = (text: string): boolean => secretText.test(text)

/** `scheme://user:password@host`, anywhere in a text. The user may be empty, as Redis has it. */
const passwordInUrl = /[a-z][a-z0-9+.-]*:\/\/[^\s/?#@:]*:[^\s/?#]+@/i

/** Whether a URL in this text carries a password. */
export const hasPasswordInUrl = (text: string): boolean => passwordInUrl.test(text)

/** Whether a text consists of the reference to a variable in a shell's way, which is not expanded here. */
export const shellVariable = (text: string): string | undefined => /^\$\{?([A-Za-z_][A-Za-z0-9_]*)\}?$/.exec(text)?.[1]
