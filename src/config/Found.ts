import { TomlDate } from "smol-toml"
import { environmentName } from "./Keys.ts"
import { type KeyPath, lastName } from "./KeyPath.ts"
import { hasPasswordInUrl, isSecretName, isSecretText } from "../domain/SecretShapes.ts"

const shownCharacters = 60

/** Control, format and unassigned characters, which could rewrite a terminal's line. */
const unprintable = /[\p{Cc}\p{Cf}\p{Co}\p{Cn}\p{Zl}\p{Zp}]/gu

/** A text in quotes, safe for a terminal and at most 60 characters long. */
export const quote = (text: string): string => {
  const shown = text.length > shownCharacters ? `${text.slice(0, shownCharacters)}...` : text
  return JSON.stringify(shown).replaceAll(unprintable, (character) => {
    return `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`
  })
}

/** A value of the file as a message shows it: what and of which type. What may be a secret is never shown. */
export const describe = (value: unknown, path: KeyPath): string => {
  if (typeof value === "string") {
    const hidden = path.some((part) => typeof part === "string" && isSecretName(part)) || isMisplaced(value, path)
    return hidden || isSecretText(value) || hasPasswordInUrl(value) ? concealed(value) : `the text ${quote(value)}`
  }
  if (typeof value === "number") return isSecretName(lastName(path)) ? "a number (not shown)" : `the number ${value}`
  if (typeof value === "boolean") return `the boolean ${value}`
  if (Array.isArray(value)) return value.some(isTable) ? describeTables(value.length) : describeList(value.length)
  if (value instanceof TomlDate) return "a date or time"
  return value === undefined ? "nothing" : "a table"
}

/** Where the name of a variable belongs, anything else may be the secret itself. */
const isMisplaced = (text: string, path: KeyPath): boolean =>
  (path.includes("headers_env") || /(?:^|_)env(?:_pass)?$/.test(lastName(path))) && !environmentName.test(text)

/** In place of a secret. */
export const concealed = (text: string): string => `a text of ${text.length} characters (not shown)`

/** Whether a value of the parsed file is a table. */
export const isTable = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value) && !(value instanceof TomlDate)

const describeList = (length: number) => (length === 0 ? "an empty list" : `a list of ${length}`)
const describeTables = (length: number) => (length === 1 ? "a list of 1 table" : `a list of ${length} tables`)
