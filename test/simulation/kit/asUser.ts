import { readFileSync } from "node:fs"
import * as path from "node:path"

/** A file's text as somebody would write it who uses the package. */
export const asUser = (file: string): string =>
  readFileSync(path.join(import.meta.dirname, file), "utf8")
    .replaceAll('"../../../src/index.ts"', '"sentinel-gateway"')
    .replaceAll('"../../../src/testing.ts"', '"sentinel-gateway/testing"')
    .trim()
