import { backendSections, textsOf, type Rule, type Section } from "./Document.ts"
import { concealed } from "./Found.ts"
import { environmentName } from "./Keys.ts"
import { lastName, type KeyPath } from "./KeyPath.ts"
import type { Complaint } from "./Problem.ts"
import { hasPasswordInUrl, isSecretName, isSecretText, shellVariable } from "../domain/SecretShapes.ts"

/** A secret in a file ends up in backups, images and version control: none may be written here, only where it is. */
export const writtenSecrets: Rule = (document) => [
  ...textsOf(document.tree).flatMap(({ path, text }) => complaint(path, text)),
  ...backendSections(document).flatMap(secretArguments)
]

const complaint = (path: KeyPath, text: string): ReadonlyArray<Complaint> => {
  const name = lastName(path)
  const inEnvironment = path[0] === "backends" && path[2] === "env" && path.length === 4
  const variable = inEnvironment ? shellVariable(text) : undefined
  if (variable !== undefined) return [unexpanded(path, name, variable)]
  if (isSecretText(text)) return [written(path, `${concealed(text)} that has the shape of a token or key`, name)]
  if (hasPasswordInUrl(text)) return [written(path, "a URL with a password in it (not shown)", name)]
  // There the name is a header's and the text that of a variable.
  if (path[2] === "headers_env" && environmentName.test(text)) return []
  if (!isSecretName(name) || /^(?:true|false|)$/.test(text)) return []
  return [written(path, concealed(text), name)]
}

const written = (path: KeyPath, found: string, name: string): Complaint => ({
  path,
  found: `${found}: a secret written in the file`,
  allowed: "only the place of a secret: a variable of the environment, or a file",
  advice: `${elsewhere(path, name)}; and replace the secret itself, since a file is copied and read by many`
})

const elsewhere = (path: KeyPath, name: string): string => {
  if (path[0] === "auth") return 'set the variable JWT_SECRET_KEY and write jwt_secret_env = "JWT_SECRET_KEY"'
  if (path[0] === "postgres") return 'set the variable DATABASE_URL and write url_env = "DATABASE_URL"'
  if (path[0] !== "backends") return "remove it, and set it as a variable of the environment"
  if (/^(?:headers|headers_env|authorization|bearer|bearer_env|oauth|url)$/i.test(String(path[2])))
    return 'set it as a variable of the gateway, and write bearer_env = "VARIABLE" or headers_env = { "X-Api-Key" = "VARIABLE" }'
  if (path[2] === "env")
    return `write ${name} = { env = "${name}" } or ${name} = { file = "/path" }, or add env_pass = ["${name}"] to the backend`
  return 'remove it, and give it to the backend as a variable, with env_pass = ["NAME"] or env = { NAME = { file = "/path" } }'
}

const unexpanded = (path: KeyPath, name: string, variable: string): Complaint => ({
  path,
  severity: isSecretName(name) ? "error" : "warning",
  found: `a reference to the variable ${variable} in a shell's way, which is passed on as it is, not expanded`,
  allowed: 'a text, { env = "NAME" } or { file = "/path" }',
  advice: `write ${name} = { env = "${variable}" }`
})

/** `--api-key=...`, and `--api-key` with the key as the next argument. Arguments are visible to the whole machine. */
const secretArguments = (section: Section): ReadonlyArray<Complaint> => {
  const args: ReadonlyArray<unknown> = Array.isArray(section.keys["args"]) ? section.keys["args"] : []
  return args.flatMap((argument, index) => {
    if (typeof argument !== "string") return []
    const [, joined, value] = /^--?([A-Za-z][A-Za-z0-9_-]*)=(.+)$/s.exec(argument) ?? []
    const before = args[index - 1]
    const [, flag] = typeof before === "string" ? (/^--([A-Za-z][A-Za-z0-9_-]*)$/.exec(before) ?? []) : []
    const name = joined ?? (argument.startsWith("-") ? undefined : flag)
    if (name === undefined || !isSecretName(name)) return []
    return [written([...section.path, "args", index], `${concealed(value ?? argument)} for --${name}`, "args")]
  })
}
