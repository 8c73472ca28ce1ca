import { httpSections, textOf, type Environment, type Rule, type Section } from "./Document.ts"
import { isTable } from "./Found.ts"
import { environmentName } from "./Keys.ts"
import type { KeyPath } from "./KeyPath.ts"
import type { Complaint } from "./Problem.ts"
import { nameOrPlaceholder, showVariable } from "./SecretSources.ts"

/** The longest value of a header that is sent to a backend, in characters: servers refuse headers above 16 KiB. */
export const headerValueMax = 8_192

/** One variable that a section takes a credential from. */
interface Source {
  readonly path: KeyPath
  readonly variable: string
  readonly kind: "header" | "token" | "client secret"
}

const sourcesOf = (section: Section): ReadonlyArray<Source> => {
  const headers = section.keys["headers_env"]
  const oauth = section.keys["oauth"]
  const secret = isTable(oauth) ? oauth["client_secret_env"] : undefined
  const written: ReadonlyArray<Omit<Source, "variable"> & { readonly variable: unknown }> = [
    ...Object.entries(isTable(headers) ? headers : {}).map(([name, variable]) => {
      return { path: [...section.path, "headers_env", name], variable, kind: "header" as const }
    }),
    { path: [...section.path, "bearer_env"], variable: textOf(section, "bearer_env"), kind: "token" },
    { path: [...section.path, "oauth", "client_secret_env"], variable: secret, kind: "client secret" }
  ]
  return written.flatMap(({ kind, path, variable }) =>
    typeof variable === "string" && environmentName.test(variable) ? [{ kind, path, variable }] : []
  )
}

/** A credential that is missing, or that can't be sent, refuses to start: the backend would refuse every request. */
export const credentialValues: Rule = (document) =>
  httpSections(document)
    .flatMap(sourcesOf)
    .flatMap(({ kind, path, variable }): ReadonlyArray<Complaint> => {
      const fault = faults[kind](document.environment[variable] ?? "")
      if (fault === undefined) return []
      return [
        {
          path,
          found: `${showVariable(variable)}, which ${fault}`,
          allowed: allowed[kind],
          advice: `set ${nameOrPlaceholder(variable)} where the gateway is started, or remove the line`
        }
      ]
    })

const allowed = {
  header: `a variable that holds 1 to ${headerValueMax} visible ASCII characters, with blanks only between them`,
  token: `a variable that holds a token: letters, digits and -._~+/, at most ${headerValueMax}, without "Bearer"`,
  "client secret": "a variable that is set and not empty"
}

/** Why a text can't be the value of a header, without the text; undefined if it can (RFC 9110, 5.5). */
export const headerFault = (value: string): string | undefined => {
  if (value === "") return "is not set"
  if (value.length > headerValueMax) return `holds ${value.length} characters`
  if (/[\r\n]/.test(value)) return "holds a line break"
  if (/[^\t\x20-\x7e]/.test(value)) return "holds characters that are not visible ASCII"
  return value.trim() === value ? undefined : "begins or ends with a blank"
}

/** RFC 6750, 2.1. */
const tokenFault = (value: string): string | undefined => {
  if (/^bearer\s/i.test(value)) return 'begins with "Bearer", which the gateway adds itself'
  return headerFault(value) ?? (/^[\w.~+/-]+=*$/.test(value) ? undefined : "holds characters that no token has")
}

const faults: Readonly<Record<Source["kind"], (value: string) => string | undefined>> = {
  header: headerFault,
  token: tokenFault,
  "client secret": (value) => (value === "" ? "is not set" : undefined)
}

/** The headers that a section's variables stand for, by the names that were written; for sections without faults. */
export const credentialHeaders = (
  names: Readonly<Record<string, string>>,
  bearer: string | undefined,
  environment: Environment
): Readonly<Record<string, string>> => {
  const given = Object.entries(names).map(([name, variable]) => [name, environment[variable] ?? ""] as const)
  const token = bearer === undefined ? undefined : environment[bearer]
  return { ...Object.fromEntries(given), ...(token !== undefined && { Authorization: `Bearer ${token}` }) }
}
