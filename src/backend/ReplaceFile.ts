import { renameSync, rmSync, writeFileSync } from "node:fs"

/**
 * Replaces a file as a whole, for this user's eyes only: nobody ever reads half of it. Throws what the file system
 * throws, and leaves no draft then: on a full disk each one would take what room comes free.
 */
export const replaceFile = (file: string, text: string, draft: string): void => {
  try {
    writeFileSync(draft, text, { mode: 0o600 })
    renameSync(draft, file)
  } catch (error) {
    discard(draft)
    throw error
  }
}

const discard = (draft: string): void => {
  try {
    rmSync(draft, { force: true })
  } catch {
    // Where nothing can be removed, nothing was written either.
  }
}

const remedies: Readonly<Record<string, string>> = {
  ENOSPC: "make room on that disk",
  EDQUOT: "make room within the quota of that disk",
  EFBIG: "raise the limit on the size of files",
  EROFS: "make that disk writable",
  EACCES: "let this user write there",
  EPERM: "let this user write there"
}

/** What the file system said, and what to do about it where that is known. */
export const writeFailure = (error: unknown): string => {
  if (!(error instanceof Error)) return String(error)
  const remedy = "code" in error ? remedies[String(error.code)] : undefined
  return remedy === undefined ? error.message : `${error.message}; ${remedy}`
}
