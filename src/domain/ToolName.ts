import { createHash } from "node:crypto"

/** Between a backend's prefix and its tool's own name. Public names are looked up in a table, never split at it. */
export const prefixSeparator = "__"

/** Characters that clients accept in a tool name. */
export const maxToolNameLength = 64

/**
 * Many clients put `mcp__<server>__` before a name and count it in: 15 characters where the gateway is called
 * "sentinel" there.
 */
export const clientPrefixLength = "mcp__sentinel__".length

/** Characters that leave room for the client's own prefix. */
export const recommendedToolNameLength = maxToolNameLength - clientPrefixLength

/** Least `maxLength` of `publicName`: a shortened name keeps some characters a person can read. */
export const minToolNameLength = 16

const hashDigits = 8

/**
 * The name by which clients know a tool: `<prefix>__<tool>`, or the tool's own name where the prefix is empty (design,
 * "Names"). Anything but `A-Z a-z 0-9 _ -` becomes `_`, so two tools may get the same name: that is looked for where
 * all names are known. A name of more than `maxLength` characters (at least `minToolNameLength`) is cut and ends in
 * `_` and 8 hex digits of the SHA-256 of the whole name before sanitising, the same on every run.
 */
export const publicName = (prefix: string, toolName: string, maxLength: number = maxToolNameLength): string => {
  const full = prefix === "" ? toolName : prefix + prefixSeparator + toolName
  const sanitised = sanitise(full)
  if (sanitised.length <= maxLength) return sanitised === "" ? "_" : sanitised
  const hash = createHash("sha256").update(full).digest("hex").slice(0, hashDigits)
  return `${sanitised.slice(0, maxLength - hashDigits - 1)}_${hash}`
}

const sanitise = (name: string): string => name.replace(/[^A-Za-z0-9_-]/gu, "_")

/** Whether a public name may be too long for a client that puts its own prefix before it; `check` warns then. */
export const isLongForClients = (name: string): boolean => name.length > recommendedToolNameLength
