import { renameSync, rmSync, writeFileSync } from "node:fs"
import { rename, rm, writeFile } from "node:fs/promises"

/** A draft that is there already is none of ours: it may be a link to another file, or open to others. */
const asNew = { mode: 0o600, flag: "wx" } as const

/**
 * Replaces a file as a whole, for this user's eyes only: nobody ever reads half of it. Throws what the file system
 * throws, and leaves no draft then: on a full disk each one would take what room comes free.
 */
export const replaceFile = (file: string, text: string, draft: string): void => {
  // Of an attempt that was killed.
  discard(draft)
  try {
    writeFileSync(draft, text, asNew)
    renameSync(draft, file)
  } catch (error) {
    discard(draft)
    throw error
  }
}

/** The same for what is large: nothing waits for the disk but who waits for the end of it. */
export const replaceLargeFile = (file: string, text: string, draft: string): Promise<void> =>
  rm(draft, { force: true })
    .then(() => writeFile(draft, text, asNew))
    .then(() => rename(draft, file))
    .catch((error: unknown) =>
      rm(draft, { force: true })
        .catch(() => undefined)
        .then(() => Promise.reject(error))
    )

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
