import type { TomlError } from "smol-toml"
import { quote } from "./Found.ts"
import type { Complaint } from "./Problem.ts"
import { hasPasswordInUrl, isSecretName, isSecretText } from "../domain/SecretShapes.ts"

/** What the parser's reasons mean to a person, by a part of the reason. */
const advices: ReadonlyArray<readonly [part: string, advice: string]> = [
  ["redefine", "the key or section is there twice: keep one of the two"],
  ["followed by an end-of-line", "put each key on a line of its own; a text with quotes inside needs '...' around it"],
  ["find end of key", "write key = value; every line that is not a section or a comment needs the ="],
  ["end of key", "write key = value"],
  ["illegal character in key", "put quotes around a key with other characters than letters, digits, _ and -"],
  ["escape", "double the backslash, or put the text in '...'"],
  ["control characters", 'end the text with a quote on the same line, or use """ for a text of several lines'],
  ["unfinished array", "close the list with ]"],
  ["unfinished table", "close the table with }"],
  ["expected comma", "put a comma between the entries"],
  ["end of table array", "end the line with ]]"],
  ["leading zero", "remove the leading zero"],
  ["unsafe property", "choose another name: this one is reserved by JavaScript"],
  ["excessively nested", "write it with fewer brackets inside each other"],
  ["losslessly", "write a smaller number"],
  ["invalid value", "put texts in quotes; numbers, true and false stand without"]
]

/** A TOML syntax error: the parser's reason and the line, unless a secret may be on it. */
export const syntaxComplaint = (text: string, error: TomlError): Complaint => {
  const reason = /^Invalid TOML document: (.*)/.exec(error.message)?.[1] ?? error.message
  const line = text.split(/\r?\n/)[error.line - 1]?.trim() ?? ""
  const [key = ""] = line.split(/[=[{]/)
  const words = [key, ...line.split(/[^A-Za-z0-9_-]+/)]
  const hidden = words.some(isSecretName) || isSecretText(line) || hasPasswordInUrl(line)
  return {
    path: [],
    found: `invalid TOML: ${reason}${line === "" || hidden ? "" : `, in the line ${quote(line)}`}`,
    allowed: "TOML, as described at https://toml.io",
    advice: (hidden ? undefined : quotesMissing(line)) ?? advised(reason)
  }
}

const advised = (reason: string) => advices.find(([part]) => reason.includes(part))?.[1] ?? "correct the line"

/** The commonest slip. The parser's reason does not show it when the word begins like a value, as `info` with `inf`. */
const quotesMissing = (line: string): string | undefined => {
  const [, key, word] = /^([A-Za-z0-9_.-]+)\s*=\s*([A-Za-z/~.$][^"'#[\]{}]*?)\s*(?:#.*)?$/.exec(line) ?? []
  return word === undefined ? undefined : `put texts in quotes: ${key} = ${quote(word)}`
}
