import { readFileSync, writeFileSync } from "node:fs"
import { format, resolveConfig } from "prettier"

/** Writes a file anew in the form that all files have. */
export const inForm = async (file: string): Promise<void> => {
  const options = { ...(await resolveConfig(file)), filepath: file }
  writeFileSync(file, await format(readFileSync(file, "utf8"), options))
}
