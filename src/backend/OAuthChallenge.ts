/** What a `WWW-Authenticate: Bearer` asks for (RFC 6750, 3; RFC 9728, 5.1). */
export interface BearerChallenge {
  /** Space separated. */
  readonly scope: string | undefined
  readonly resourceMetadata: string | undefined
  readonly error: string | undefined
}

/** Longest scope that is taken from a server, characters. */
export const scopeChars = 2_000

/** A scheme alone, or a parameter with its value: quoted, or plain. */
const part = /([A-Za-z0-9!#$%&'*+.^_`|~-]+)(?:\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s,"]+)))?/g
/** RFC 6749, 3.3. */
const scopeText = /^[\x21\x23-\x5b\x5d-\x7e]+(?: [\x21\x23-\x5b\x5d-\x7e]+)*$/

/** Reads the first Bearer challenge of a header, which may hold others; without one, nothing is asked. */
export const readChallenge = (header: string | undefined): BearerChallenge => {
  const found = new Map<string, string>()
  let ours = false
  for (const [, name = "", quotedValue, plain] of (header ?? "").matchAll(part)) {
    const value = quotedValue?.replaceAll(/\\(.)/g, "$1") ?? plain
    if (value === undefined) ours = name.toLowerCase() === "bearer" && found.size === 0
    else if (ours && !found.has(name.toLowerCase())) found.set(name.toLowerCase(), value)
  }
  const scope = found.get("scope")
  return {
    scope: scope !== undefined && isScope(scope) ? scope : undefined,
    resourceMetadata: found.get("resource_metadata"),
    error: found.get("error")
  }
}

const isScope = (text: string): boolean => text.length <= scopeChars && scopeText.test(text)

/** The scopes of all of these, each once, in their order. */
export const scopeUnion = (...scopes: ReadonlyArray<string | undefined>): string | undefined => {
  const all = new Set(scopes.flatMap((scope) => (scope ?? "").split(" ")).filter((name) => name !== ""))
  return all.size === 0 ? undefined : [...all].join(" ")
}

/** Whether each of the scopes in `wanted` is in `granted`. */
export const covers = (granted: string | undefined, wanted: string | undefined): boolean =>
  scopeUnion(granted, wanted) === scopeUnion(granted)
