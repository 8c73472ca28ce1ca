import { textsOf, type Rule } from "./Document.ts"
import type { KeyPath } from "./KeyPath.ts"
import { nearest } from "./Nearest.ts"
import type { Complaint } from "./Problem.ts"

/** The directories that a backend's `command`, `args`, `cwd` and `env` may name in braces. */
export interface Directories {
  /** `{state_dir}`: where the gateway keeps its state. */
  readonly state_dir: string
  /** `{config_dir}`: where the configuration file is. */
  readonly config_dir: string
}

const names = ["state_dir", "config_dir"] as const

/** A text with the placeholders replaced; any other braces stay as they are. */
export const fill = (text: string, directories: Directories): string =>
  names.reduce((filled, name) => filled.replaceAll(`{${name}}`, () => directories[name]), text)

/** Something in braces that looks like a misspelt placeholder is passed on as it is, which is hardly meant. */
export const knownPlaceholders: Rule = (document) =>
  textsOf(document.tree).flatMap(({ path, text }) => {
    if (!isFilled(path)) return []
    return [...text.matchAll(/\{([a-z]+[_-][a-z]+)\}/gi)].flatMap(([written, name = ""]): ReadonlyArray<Complaint> => {
      const guess = nearest(name, names)
      if (guess === undefined || guess === name) return []
      return [
        {
          path,
          severity: "warning",
          found: `${written}, which is no placeholder and is passed on as it is`,
          allowed: "{state_dir} and {config_dir}",
          advice: `did you mean {${guess}}?`
        }
      ]
    })
  })

const isFilled = (path: KeyPath) =>
  path[0] === "backends" && ["command", "args", "cwd", "env"].includes(String(path[2] ?? ""))
