import * as Option from "effect/Option"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import { createHash, randomUUID } from "node:crypto"
import { existsSync, lstatSync, mkdirSync, readdirSync, rmSync } from "node:fs"
import * as path from "node:path"
import type { OAuthSettings } from "../domain/BackendSpec.ts"
import { OAuthProblem } from "./OAuthProblem.ts"
import { readPrivateFile } from "./PrivateFile.ts"
import { replaceFile } from "./ReplaceFile.ts"

/** The largest token file that is read, bytes. */
export const tokenFileBytes = 1024 * 1024

const Tokens = Schema.Struct({
  access: Schema.String,
  refresh: Schema.optionalKey(Schema.String),
  /** Granted, space separated. */
  scope: Schema.optionalKey(Schema.String)
})

const Client = Schema.Struct({
  id: Schema.String,
  /** Of a registered client; a configured one's stays where the configuration has it from. */
  secret: Schema.optionalKey(Schema.String),
  /** How it proves itself at the token endpoint, as registered. */
  method: Schema.optionalKey(Schema.String),
  /** Where the browser was sent back to; it is registered with the client. */
  redirectUri: Schema.optionalKey(Schema.String)
})

const TokenRecord = Schema.Struct({
  /** The server these tokens are for: the only one that they go to. */
  url: Schema.String,
  grant: Schema.Literals(["authorization_code", "client_credentials"]),
  /** The authorization server that knows the client and gave the tokens: no other gets to see either. */
  issuer: Schema.optionalKey(Schema.String),
  client: Schema.optionalKey(Client),
  tokens: Schema.optionalKey(Tokens),
  /** What the server asked for when it last refused, for the next login. */
  wanted: Schema.optionalKey(
    Schema.Struct({ scope: Schema.optionalKey(Schema.String), resourceMetadata: Schema.optionalKey(Schema.String) })
  )
})

export type Tokens = typeof Tokens.Type
export type OAuthClient = typeof Client.Type
/** What the gateway has of one backend's authorization. */
export type TokenRecord = typeof TokenRecord.Type

const decode = Schema.decodeUnknownOption(Schema.fromJsonString(TokenRecord))

/** Whose tokens a file must hold to be of use. */
export interface Bound {
  readonly backend: string
  readonly url: string
  readonly oauth: OAuthSettings
}

/** One backend's tokens on disk: `oauth/<backend>.json` in the state directory, mode 0600, replaced as a whole. */
export interface TokenFile {
  readonly path: string
  /**
   * What is on record. Tokens for another URL, grant or client than the configuration now has are as good as none: they
   * are never sent anywhere. Nor is what may be from somebody else, or known to them: that is a failure.
   */
  readonly read: () => Result.Result<TokenRecord, OAuthProblem>
  /** Throws what the file system throws, and leaves nothing then. */
  readonly write: (record: TokenRecord) => void
  /** Whether there was one. */
  readonly remove: () => boolean
}

export const openTokenFile = (stateDirectory: string, bound: Bound): TokenFile => {
  const { oauth, url } = bound
  const file = tokenFilePath(stateDirectory, bound.backend)
  const none: TokenRecord = { url, grant: oauth.grant }
  const remedy = oauth.grant === "authorization_code" ? "remove it and log in again" : "remove it"
  return {
    path: file,
    read: () =>
      Result.map(readRecord(file, remedy), (record) => {
        if (record === undefined || record.url !== url || record.grant !== oauth.grant) return none
        const other = oauth.clientId !== undefined && record.client !== undefined && record.client.id !== oauth.clientId
        return other ? none : record
      }),
    write: (record) => {
      mkdirSync(path.dirname(file), { recursive: true, mode: 0o700 })
      replaceFile(file, JSON.stringify(record), `${file}.${randomUUID()}${draftEnd}`)
    },
    remove: () => removeTokenFile(stateDirectory, bound.backend)
  }
}

const readRecord = (file: string, remedy: string): Result.Result<TokenRecord | undefined, OAuthProblem> => {
  const read = readPrivateFile(file, tokenFileBytes)
  if (read._tag === "Refused") {
    return Result.fail(new OAuthProblem({ reason: `${file} is not used: ${read.reason}; ${remedy}` }))
  }
  return Result.succeed(read._tag === "Text" ? Option.getOrUndefined(decode(read.text)) : undefined)
}

const draftEnd = ".tmp"

/** Drafts of gateways that died while they wrote. */
const draftsOf = (file: string): ReadonlyArray<string> => {
  const directory = path.dirname(file)
  if (!existsSync(directory)) return []
  const begin = `${path.basename(file)}.`
  const names = readdirSync(directory).filter((name) => name.startsWith(begin) && name.endsWith(draftEnd))
  return names.map((name) => path.join(directory, name))
}

/** A backend's name may hold anything, also a path: what is not plain is replaced, and a hash tells names apart. */
export const tokenFilePath = (stateDirectory: string, backend: string): string => {
  const shown = backend.slice(0, 40).replaceAll(/[^a-z0-9_-]/g, "_")
  const hash = createHash("sha256").update(backend).digest("hex").slice(0, 16)
  return path.join(stateDirectory, "oauth", `${shown === backend ? shown : `${shown}-${hash}`}.json`)
}

/** Forgets a backend's tokens, whatever they are for. Whether there were any. Throws what the file system throws. */
export const removeTokenFile = (stateDirectory: string, backend: string): boolean => {
  const file = tokenFilePath(stateDirectory, backend)
  const found = [...draftsOf(file), ...(isThere(file) ? [file] : [])]
  for (const each of found) rmSync(each, { force: true })
  return found.length > 0
}

/** A link that leads nowhere is there too. */
const isThere = (file: string): boolean => lstatSync(file, { throwIfNoEntry: false }) !== undefined
