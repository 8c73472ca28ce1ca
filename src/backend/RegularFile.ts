import { readFileSync, statSync } from "node:fs"

/** What was found where a file of the state directory belongs. */
export type RegularFile =
  | { readonly _tag: "Text"; readonly text: string }
  | { readonly _tag: "Gone" }
  | { readonly _tag: "TooLarge"; readonly bytes: number }
  /** It can't be read; `reason` is the system's code, or says that it is no file at all. */
  | { readonly _tag: "Unreadable"; readonly reason: string }

/** Reads a file of at most `bytesMax` bytes. Anything else is not opened: a pipe would block the process for ever. */
export const readRegularFile = (file: string, bytesMax: number): RegularFile => {
  try {
    const found = statSync(file)
    if (!found.isFile()) return { _tag: "Unreadable", reason: "not a regular file" }
    if (found.size > bytesMax) return { _tag: "TooLarge", bytes: found.size }
    return { _tag: "Text", text: readFileSync(file, "utf8") }
  } catch (error) {
    const code = error instanceof Error && "code" in error ? `${error.code}` : "no code"
    return code === "ENOENT" ? { _tag: "Gone" } : { _tag: "Unreadable", reason: code }
  }
}
