import { readFileSync } from "node:fs"
import * as path from "node:path"

const text = readFileSync(path.resolve(import.meta.dirname, "../../../docs/RESTART-POLICIES.md"), "utf8")

/** The pieces of docs/RESTART-POLICIES.md in a language, in their order. */
export const blocks = (language: string): ReadonlyArray<string> =>
  [...text.matchAll(/^```(\w+)\n(.*?)\n```$/gms)].flatMap(([, found, text = ""]) => (found === language ? [text] : []))
