import { backendSections, numberOf, textOf, type Rule, type Section } from "./Document.ts"
import { quote } from "./Found.ts"
import { httpBackendKeys } from "./HttpBackendKeys.ts"
import type { Complaint } from "./Problem.ts"
import { isSecretName } from "../domain/SecretShapes.ts"

const kindOf = (section: Section) => section.keys["type"] ?? "stdio"

/** What a backend of each type can't do without. */
export const launchable: Rule = (document) =>
  backendSections(document).flatMap((section) => {
    const kind = kindOf(section)
    const name = quote(textOf(section, "name") ?? "")
    if (kind === "stdio" && section.keys["command"] === undefined) {
      const hasUrl = section.keys["url"] !== undefined
      return [
        {
          path: [...section.path, "command"],
          found: `nothing: the backend ${name} has no command${hasUrl ? ", but a url" : ""}`,
          allowed: 'the program to start, which type = "stdio" needs',
          advice: hasUrl ? 'add type = "http", if it is reached by its url' : 'add command = "..." to this section'
        }
      ]
    }
    if (kind !== "http" || section.keys["url"] !== undefined) return []
    return [
      {
        path: [...section.path, "url"],
        found: `nothing: the backend ${name} has no url`,
        allowed: 'the URL of the server, which type = "http" needs',
        advice: 'add url = "https://..." to this section'
      }
    ]
  })

const keysOfType = {
  stdio: ["command", "args", "cwd", "env", "env_pass"],
  http: Object.keys(httpBackendKeys)
}

/** A key of the other type has no effect, which is worth a warning and no more. */
export const idleKeys: Rule = (document) =>
  backendSections(document).flatMap((section) => {
    const kind = kindOf(section)
    if (kind === "stdio" && section.keys["command"] === undefined) return []
    const other = kind === "stdio" ? "http" : kind === "http" ? "stdio" : undefined
    if (other === undefined) return []
    return keysOfType[other].flatMap((key): ReadonlyArray<Complaint> => {
      if (section.keys[key] === undefined) return []
      return [
        {
          path: [...section.path, key],
          severity: "warning",
          found: `${key} on a backend of type "${String(kind)}", where it has no effect`,
          allowed: `${key} with type = "${other}"`,
          advice: "remove the line, or change the type"
        }
      ]
    })
  })

/** A URL is shown, logged and sent along: user names, passwords and tokens don't belong in it (RFC 9110, 4.2.4). */
export const plainUrls: Rule = (document) =>
  backendSections(document).flatMap((section): ReadonlyArray<Complaint> => {
    const text = textOf(section, "url")
    if (text === undefined || !/^https?:/.test(text)) return []
    const url = URL.parse(text)
    const found = url === null ? "a text that is not a URL" : credentialsOf(url)
    if (found === undefined) return []
    return [
      {
        path: [...section.path, "url"],
        found,
        allowed: "an http:// or https:// URL without user name, password or token",
        advice: url === null ? "correct the URL" : "remove them from the URL, and replace them: they were in a file"
      }
    ]
  })

const credentialsOf = (url: URL): string | undefined => {
  if (url.password !== "") return `a URL of ${url.host} with a user name and a password (not shown)`
  if (url.username !== "") return `a URL of ${url.host} with a user name (not shown)`
  const parameter = [...url.searchParams.keys()].find(isSecretName)
  return parameter === undefined ? undefined : `a URL of ${url.host} with a secret in ?${parameter}= (not shown)`
}

/** Two times that only make sense in one order. Only what is written is compared: defaults give way. */
export const orderedTimes: Rule = (document) =>
  backendSections(document).flatMap((section) =>
    timePairs.flatMap(({ low, lowMillis, high, highMillis }): ReadonlyArray<Complaint> => {
      const [lowValue, highValue] = [numberOf(section, low), numberOf(section, high)]
      if (lowValue === undefined || highValue === undefined || lowValue * lowMillis <= highValue * highMillis) return []
      return [
        {
          path: [...section.path, low],
          found: `the number ${lowValue}, which is longer than ${high} = ${highValue}`,
          allowed: `at most ${high}`,
          advice: `lower ${low} or raise ${high}`
        }
      ]
    })
  )

const timePairs = [
  { low: "restart_base_ms", lowMillis: 1, high: "restart_cap_secs", highMillis: 1_000 },
  { low: "health_timeout_secs", lowMillis: 1_000, high: "health_interval_secs", highMillis: 1_000 }
] as const
