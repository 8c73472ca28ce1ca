/**
 * What `client.ts` prints at its end. The suite looks only at what reaches its server; whether the user got something
 * through the gateway is known at this end alone.
 */
export const used = "used\n"
export const notUsed = "not used\n"

/** Scenarios whose server lies or never agrees: here it is right that nothing can be used. */
const refusing = new Set([
  "auth/iss-normalized",
  "auth/iss-supported-missing",
  "auth/iss-unexpected",
  "auth/iss-wrong-issuer",
  "auth/metadata-issuer-mismatch",
  "auth/resource-mismatch",
  "auth/scope-retry-limit"
])

/** What is wrong with how a client's scenario ended for the user; undefined if nothing is. */
export const wrongEnd = (scenario: string, printed: string): string | undefined => {
  if (refusing.has(scenario)) return printed.endsWith(notUsed) ? undefined : "was used, although it has to be refused"
  return printed.endsWith(used) && !printed.endsWith(notUsed) ? undefined : "could not be used through the gateway"
}
