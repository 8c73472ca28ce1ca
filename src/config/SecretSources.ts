import * as Result from "effect/Result"
import { dirname, resolve } from "node:path"
import { backendSections, type Document, type Rule } from "./Document.ts"
import { isTable } from "./Found.ts"
import { environmentName } from "./Keys.ts"
import { type KeyPath, renderPath } from "./KeyPath.ts"
import type { Complaint } from "./Problem.ts"
import { resolvePath } from "./StateDirectory.ts"

/** HMAC keys shorter than the hash weaken it (RFC 7518, section 3.2: at least 256 bits for HS256); the same for all. */
export const secretMinBytes = 32

/** Reads a small text file; the failure says why not. */
export type ReadText = (path: string) => Result.Result<string, string>

/** The key of the tokens must be there, must not be a placeholder and must be long enough: nothing fails open. */
export const jwtSecret: Rule = ({ tree, environment }) => {
  const auth = tree["auth"]
  if (!isTable(auth) || Object.keys(auth).length === 0) return []
  const written = auth["jwt_secret_env"]
  const variable = written === undefined ? "JWT_SECRET_KEY" : written
  if (typeof variable !== "string" || !environmentName.test(variable)) return []
  const reason = weakness(environment[variable] ?? "")
  if (reason === undefined) return []
  return [
    {
      path: written === undefined ? ["auth"] : ["auth", "jwt_secret_env"],
      found: `${showVariable(variable)}, which ${reason}`,
      allowed: `a variable that holds a random secret of at least ${secretMinBytes} bytes`,
      advice: `set it where the gateway is started: export ${nameOrPlaceholder(variable)}="$(openssl rand -base64 48)"`
    }
  ]
}

/** Why a secret is none; undefined if it is one. */
export const weakness = (secret: string): string | undefined => {
  if (secret.trim() === "") return "is not set"
  if (/^\s*change[-_ ]?me/i.test(secret)) return 'holds a placeholder ("change-me...")'
  const bytes = Buffer.byteLength(secret)
  return bytes < secretMinBytes ? `holds only ${bytes} bytes` : undefined
}

/** A name as it is, unless it is so long or so mixed that it could be the secret itself. */
const isPresentable = (name: string) => name.length <= 64 && !/[a-z]/.test(name)
export const showVariable = (name: string) =>
  isPresentable(name) ? `the variable ${name}` : `a variable with a name of ${name.length} characters (not shown)`
export const nameOrPlaceholder = (name: string) => (isPresentable(name) ? name : "NAME")

/** What the references of all backends stand for, by the rendered path of the variable that holds it. */
export interface ResolvedSecrets {
  readonly values: ReadonlyMap<string, string>
  readonly complaints: ReadonlyArray<Complaint>
}

/** Looks up every `{ env = "NAME" }` and `{ file = "/path" }` of the enabled backends. */
export const resolveSecrets = (document: Document, readText: ReadText): ResolvedSecrets => {
  const values = new Map<string, string>()
  const complaints: Array<Complaint> = []
  for (const section of backendSections(document)) {
    const environment = section.keys["env"]
    if (!isTable(environment) || section.keys["enabled"] === false) continue
    for (const [name, reference] of Object.entries(environment)) {
      const path = [...section.path, "env", name]
      const found = isTable(reference) ? lookUp(reference, path, document, readText) : undefined
      if (found === undefined) continue
      if (Result.isSuccess(found)) values.set(renderPath(path), found.success)
      else complaints.push(found.failure)
    }
  }
  return { values, complaints }
}

const lookUp = (
  reference: Readonly<Record<string, unknown>>,
  path: KeyPath,
  { environment, file: configFile }: Document,
  readText: ReadText
): Result.Result<string, Complaint> | undefined => {
  const { env, file } = reference
  // Two sources at once, or none, are the schema's to refuse.
  if (Object.keys(reference).length !== 1) return undefined
  if (typeof env === "string" && environmentName.test(env)) {
    const value = environment[env] ?? ""
    if (value !== "") return Result.succeed(value)
    return Result.fail({
      path: [...path, "env"],
      found: `${showVariable(env)}, which is not set`,
      allowed: "a variable that is set and not empty",
      advice: `set ${nameOrPlaceholder(env)} where the gateway is started, or remove the line`
    })
  }
  if (typeof file !== "string") return undefined
  const outcome = readText(resolvePath(file, dirname(resolve(configFile)), environment))
  if (Result.isSuccess(outcome) && outcome.success.trim() !== "") {
    return Result.succeed(outcome.success.replace(/\r?\n$/, ""))
  }
  return Result.fail({
    path: [...path, "file"],
    found: Result.isSuccess(outcome) ? "an empty file" : outcome.failure,
    allowed: "a file with the secret in it, readable by this user",
    advice: "create the file, or correct the path"
  })
}

/** A variable that is passed on must be there, as one that is referred to: the backend is not started without it. */
export const passedVariables: Rule = (document) =>
  backendSections(document).flatMap((section) => {
    const names: ReadonlyArray<unknown> = Array.isArray(section.keys["env_pass"]) ? section.keys["env_pass"] : []
    if (section.keys["enabled"] === false) return []
    return names.flatMap((name, index): ReadonlyArray<Complaint> => {
      if (typeof name !== "string" || !environmentName.test(name)) return []
      if ((document.environment[name] ?? "") !== "") return []
      return [
        {
          path: [...section.path, "env_pass", index],
          found: `${showVariable(name)}, which is not set`,
          allowed: "variables that are set where the gateway is started, and not empty",
          advice: "set it where the gateway is started, or remove it from the list"
        }
      ]
    })
  })
