import * as Result from "effect/Result"
import { readFileSync, statSync } from "node:fs"

/** The largest configuration file that is read, in bytes. */
export const configBytesMax = 1_048_576

/** The largest secret that is read from a file, in bytes: a private key with its chain fits. */
export const secretBytesMax = 65_536

const reasons: Readonly<Record<string, string>> = {
  ENOENT: "no such file",
  ENOTDIR: "no such file: a part of its path is not a directory",
  EACCES: "a file that this user may not read",
  EPERM: "a file that this user may not read",
  EISDIR: "a directory",
  ELOOP: "a loop of symbolic links",
  ERR_ENCODING_INVALID_ENCODED_DATA: "a file that is not UTF-8 text"
}

const reasonOf = (cause: unknown): string => {
  const code = cause instanceof Error && "code" in cause ? String(cause.code) : ""
  return reasons[code] ?? `a file that can't be read${code === "" ? "" : ` (${code})`}`
}

/** Reads a UTF-8 text of a regular file within a bound of bytes; the failure says what was found instead. */
export const readText = (path: string, bytesMax: number): Result.Result<string, string> => {
  const content = Result.try({
    try: () => {
      const stat = statSync(path)
      if (stat.isDirectory()) return { refusal: "a directory" }
      // A pipe could keep the start waiting forever.
      if (!stat.isFile()) return { refusal: "something that is not a regular file" }
      if (stat.size > bytesMax) return { refusal: `a file of ${stat.size} bytes, which is more than ${bytesMax}` }
      return { text: new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(readFileSync(path)) }
    },
    catch: reasonOf
  })
  return Result.flatMap(content, ({ text, refusal = "" }) =>
    text === undefined ? Result.fail(refusal) : Result.succeed(text)
  )
}

/** Reads what `{ file = "..." }` names. */
export const readSecret = (path: string): Result.Result<string, string> => readText(path, secretBytesMax)
