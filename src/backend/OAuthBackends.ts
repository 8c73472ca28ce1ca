import type { BackendSpec, HttpLaunch } from "../domain/BackendSpec.ts"
import { AddressGuard } from "./AddressGuard.ts"
import type { Credentials } from "./Credentials.ts"
import { noCredentials } from "./HttpCredentials.ts"
import { openOAuthCredentials, type OAuthCredentials } from "./OAuthCredentials.ts"

interface Known {
  readonly launch: HttpLaunch
  readonly credentials: OAuthCredentials
}

/**
 * The credentials of each backend that has OAuth configured, for the HTTP connector: all connections of one backend share
 * them, and a new connection begins with what the token file holds by then. Others have none.
 */
export const oauthBackends = (
  stateDirectory: string
): ((spec: Pick<BackendSpec, "name" | "launch">) => Credentials) => {
  const known = new Map<string, Known>()
  return ({ launch, name: backend }) => {
    if (launch.type !== "http" || launch.oauth === undefined) return noCredentials
    const { oauth } = launch
    const before = known.get(backend)
    if (before?.launch === launch) {
      before.credentials.reload()
      return before.credentials
    }
    const guard = new AddressGuard(backend, new URL(launch.url), launch.allowedAddresses)
    const credentials = openOAuthCredentials({ backend, launch, oauth, guard, stateDirectory })
    known.set(backend, { launch, credentials })
    return credentials
  }
}
