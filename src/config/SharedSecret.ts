import { httpSections, type Environment, type Rule } from "./Document.ts"
import { headerFault } from "./HttpCredentials.ts"
import type { Complaint } from "./Problem.ts"
import { secretMinBytes, weakness } from "./SecretSources.ts"

/** The variable of the original gateway: one secret for all of its HTTP backends. */
export const sharedSecretVariable = "BACKEND_SHARED_SECRET"

/** The header that the original gateway sends it in. */
export const sharedSecretHeader = "X-Sentinel-Auth"

/** If it is set it must be a secret: a placeholder would let everyone pass for the gateway. */
export const sharedSecret: Rule = (document) => {
  const secret = document.environment[sharedSecretVariable] ?? ""
  if (secret === "") return []
  const reason = weakness(secret) ?? headerFault(secret)
  if (reason === undefined) return []
  const first = httpSections(document).find(({ keys }) => keys["shared_secret"] !== false)
  if (first === undefined) return []
  const complaint: Complaint = {
    path: first.keys["shared_secret"] === undefined ? first.path : [...first.path, "shared_secret"],
    found: `the variable ${sharedSecretVariable}, which is sent to this backend and ${reason}`,
    allowed: `a random secret of at least ${secretMinBytes} visible ASCII characters`,
    advice: `set it to "$(openssl rand -base64 48)" here and at the backend, or write shared_secret = false`
  }
  return [complaint]
}

/** The header with the secret; none if it is not set, or if a header of that name is given anyway. */
export const sharedSecretHeaders = (
  environment: Environment,
  given: ReadonlyArray<string>
): Readonly<Record<string, string>> => {
  const secret = environment[sharedSecretVariable] ?? ""
  const isGiven = given.some((name) => name.toLowerCase() === sharedSecretHeader.toLowerCase())
  return secret === "" || isGiven ? {} : { [sharedSecretHeader]: secret }
}
