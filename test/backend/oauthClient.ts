import * as Effect from "effect/Effect"
import { mkdirSync, mkdtempSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { AddressGuard } from "../../src/backend/AddressGuard.ts"
import { openOAuthCredentials } from "../../src/backend/OAuthCredentials.ts"
import { login, type LoginRequest } from "../../src/backend/OAuthLogin.ts"
import { tokenFilePath } from "../../src/backend/TokenFile.ts"
import type { OAuthSettings } from "../../src/domain/BackendSpec.ts"
import { browse, type Guarded } from "../fixtures/authorizationServer.ts"
import { runDirectory } from "../fixtures/runDirectory.ts"

export const byPerson: OAuthSettings = {
  grant: "authorization_code",
  clientId: undefined,
  clientSecret: undefined,
  scope: undefined
}

/** One gateway's side of a backend's authorization, on a state directory of its own, or on another's. */
export class OAuthSide {
  readonly stateDirectory: string
  readonly file: string

  readonly url: string
  readonly oauth: OAuthSettings

  constructor(guarded: Pick<Guarded, "url">, oauth: Partial<OAuthSettings> = {}, stateDirectory?: string) {
    mkdirSync(runDirectory(), { recursive: true })
    this.url = guarded.url
    this.oauth = { ...byPerson, ...oauth }
    this.stateDirectory = stateDirectory ?? mkdtempSync(join(runDirectory(), "o-"))
    this.file = tokenFilePath(this.stateDirectory, "box")
  }

  get common() {
    const launch = { url: this.url, headers: {} }
    const guard = new AddressGuard("box", new URL(this.url), [])
    return { backend: "box", launch, oauth: this.oauth, stateDirectory: this.stateDirectory, guard }
  }

  credentials() {
    return openOAuthCredentials(this.common)
  }

  /** Logs in; the browser follows at once unless `given` has another one. */
  login(given: Partial<LoginRequest> = {}) {
    return login({
      ...this.common,
      port: 0,
      waitMillis: 10_000,
      open: (url) => Effect.promise(() => browse(url)),
      ...given
    })
  }

  text(): string {
    return readFileSync(this.file, "utf8")
  }
}

/** What it failed with, in words. */
export const failureOf = async (effect: Effect.Effect<unknown, { readonly message: string }>): Promise<string> =>
  Effect.runPromise(Effect.flip(effect).pipe(Effect.map(({ message }) => message)))
