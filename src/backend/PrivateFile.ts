import { closeSync, constants, fstatSync, openSync, readFileSync } from "node:fs"
import type { Stats } from "node:fs"

/** What was found where a file belongs that only this user may have touched. */
export type PrivateFile =
  | { readonly _tag: "Text"; readonly text: string }
  | { readonly _tag: "Gone" }
  | { readonly _tag: "TooLarge" }
  /** Somebody else may have put it there, or read it: `reason` says what it is, beginning with "it" or "others". */
  | { readonly _tag: "Refused"; readonly reason: string }

/** The permission bits of everybody but the owner. */
const others = 0o077

/**
 * Reads a file of at most `bytesMax` bytes if it is this user's alone. What was opened is what is looked at, so nobody
 * can change it in between; a link is not followed, and a pipe does not block.
 */
export const readPrivateFile = (file: string, bytesMax: number): PrivateFile => {
  let opened: number | undefined
  try {
    opened = openSync(file, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK)
    const found = fstatSync(opened)
    const reason = objection(found)
    if (reason !== undefined) return { _tag: "Refused", reason }
    return found.size > bytesMax ? { _tag: "TooLarge" } : { _tag: "Text", text: readFileSync(opened, "utf8") }
  } catch (error) {
    const code = error instanceof Error && "code" in error ? `${error.code}` : "no code"
    if (code === "ENOENT" || code === "ENOTDIR") return { _tag: "Gone" }
    return { _tag: "Refused", reason: code === "ELOOP" ? "it is a symbolic link" : `it can't be read (${code})` }
  } finally {
    if (opened !== undefined) closeSync(opened)
  }
}

const objection = (found: Stats): string | undefined => {
  if (!found.isFile()) return "it is no regular file"
  const user = process.geteuid?.()
  // Where there are no user ids, there are no such permissions either.
  if (user === undefined) return undefined
  if (found.uid !== user) return `it belongs to another user (${found.uid})`
  if ((found.mode & others) !== 0) return exposed(found.mode & 0o777)
  return undefined
}

const exposed = (mode: number): string =>
  `others may read or change it (mode ${mode.toString(8)}; 600 would do if nobody has)`
