import { readFileSync } from "node:fs"

declare const SENTINEL_VERSION: string | undefined

/** The version of this package; from source it is read where the build would put it in. */
export const version: string =
  typeof SENTINEL_VERSION === "string"
    ? SENTINEL_VERSION
    : (/"version": "([^"]+)"/.exec(readFileSync(new URL("../../package.json", import.meta.url), "utf8"))?.[1] ??
      "0.0.0")
