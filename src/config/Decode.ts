import * as Result from "effect/Result"
import * as SchemaParser from "effect/SchemaParser"
import { parse, TomlError } from "smol-toml"
import { distinctNames, distinctPrefixes } from "./BackendNames.ts"
import { idleKeys, launchable, orderedTimes, plainUrls } from "./BackendRules.ts"
import { ConfigFile } from "./ConfigSchema.ts"
import type { Configuration, Decoded } from "./Configuration.ts"
import type { Document, Environment, Rule } from "./Document.ts"
import { headerNames } from "./HeaderNames.ts"
import { credentialValues } from "./HttpCredentials.ts"
import { renderPath } from "./KeyPath.ts"
import { oauthComplete } from "./OAuthRules.ts"
import { knownPlaceholders } from "./Placeholders.ts"
import { locate, type Complaint, type Problem } from "./Problem.ts"
import { readSecret } from "./ReadText.ts"
import { complaintsOf } from "./SchemaComplaints.ts"
import { jwtSecret, passedVariables, resolveSecrets, type ReadText } from "./SecretSources.ts"
import { sharedSecret } from "./SharedSecret.ts"
import { writtenStateDirectory } from "./StateDirectory.ts"
import { syntaxComplaint } from "./SyntaxComplaint.ts"
import { scanPositions, type TomlPositions } from "./TomlPositions.ts"
import { toConfiguration } from "./ToConfiguration.ts"
import { writtenSecrets } from "./WrittenSecrets.ts"

/** Lists and inline tables inside each other; deeper is refused by the parser. */
const nestingMax = 32

/** In the order of precedence: of several complaints about one key the first is reported. */
const rules: ReadonlyArray<Rule> = [
  plainUrls,
  writtenSecrets,
  jwtSecret,
  distinctNames,
  launchable,
  headerNames,
  oauthComplete,
  credentialValues,
  sharedSecret,
  orderedTimes,
  idleKeys,
  distinctPrefixes,
  passedVariables,
  knownPlaceholders
]

const decodeFile = SchemaParser.decodeUnknownResult(ConfigFile, { errors: "all", onExcessProperty: "error" })

/**
 * Decodes and checks the text of a configuration file. Pure, but for the files that `{ file = "..." }` names.
 *
 * Fails with every problem of the file, warnings too, in the order of the lines; of a text that is no TOML only with
 * the first. What this version can't do yet is not looked at here: see `unsupported`.
 *
 * @param file the path that messages name; relative paths in the file and `{config_dir}` start at its directory
 */
export const decode = (
  text: string,
  file: string,
  environment: Environment,
  readText: ReadText = readSecret
): Result.Result<Decoded, ReadonlyArray<Problem>> => {
  const { configuration, problems } = examine(text, file, environment, readText)
  return configuration === undefined || problems.some(({ severity }) => severity === "error")
    ? Result.fail(problems)
    : Result.succeed({ configuration, warnings: problems })
}

/** What a text says, and everything wrong with it. */
export interface Examined {
  /** Undefined if the text is not a configuration. With errors it is not one to start on: secrets may be missing. */
  readonly configuration: Configuration | undefined
  readonly problems: ReadonlyArray<Problem>
  /** Where a gateway on this file keeps its state, however wrong the rest is; undefined if even that can't be told. */
  readonly stateDirectory: string | undefined
}

/** As `decode`, for who wants to say more of a configuration that has errors. */
export const examine = (
  text: string,
  file: string,
  environment: Environment,
  readText: ReadText = readSecret
): Examined => {
  const parsed = Result.try({
    try: () => parse(text, { maxDepth: nestingMax, unsafeKeyBehaviour: "throw" }),
    catch: (cause) => cause
  })
  if (Result.isFailure(parsed)) {
    const problems = [syntaxProblem(text, file, parsed.failure)]
    return { configuration: undefined, problems, stateDirectory: undefined }
  }
  const document: Document = { tree: parsed.success, file, environment, positions: once(() => scanPositions(text)) }
  const decoded = decodeFile(document.tree)
  const secrets = resolveSecrets(document, readText)
  const problems = inOrder(document, [
    ...rules.flatMap((rule) => rule(document)),
    ...secrets.complaints,
    ...(Result.isFailure(decoded) ? complaintsOf(decoded.failure, document.tree) : [])
  ])
  const configuration = Result.isFailure(decoded)
    ? undefined
    : toConfiguration(decoded.success, document, secrets.values)
  return { configuration, problems, stateDirectory: writtenStateDirectory(document) }
}

const syntaxProblem = (text: string, file: string, cause: unknown): Problem =>
  cause instanceof TomlError
    ? locate(file, { line: cause.line, column: cause.column }, syntaxComplaint(text, cause))
    : locate(file, undefined, { path: [], found: String(cause), allowed: "TOML", advice: "check the file's syntax" })

const once = (scan: () => TomlPositions): (() => TomlPositions) => {
  let known: TomlPositions | undefined
  return () => (known ??= scan())
}

/** One problem for a key, an error before a warning; by line. */
const inOrder = (document: Document, complaints: ReadonlyArray<Complaint>): ReadonlyArray<Problem> => {
  if (complaints.length === 0) return []
  const byPath = new Map<string, Complaint>()
  for (const complaint of complaints) {
    const key = renderPath(complaint.path)
    const known = byPath.get(key)
    const outranks = known?.severity === "warning" && complaint.severity !== "warning"
    if (known === undefined || outranks) byPath.set(key, complaint)
  }
  return [...byPath.values()]
    .map((complaint) => locate(document.file, document.positions().near(complaint.path), complaint))
    .sort((a, b) => (a.line ?? 0) - (b.line ?? 0) || (a.column ?? 0) - (b.column ?? 0))
}
