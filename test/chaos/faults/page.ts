/** Puts the tables of a run into docs/FAULTS.md, between its two markers. */
import { readFileSync, writeFileSync } from "node:fs"
import { format, resolveConfig } from "prettier"

export const markers = { begin: "<!-- measured -->", end: "<!-- /measured -->" } as const

/** The page with `measured` in the place of what was between the markers. */
export const withMeasured = (page: string, measured: string): string => {
  const begin = page.indexOf(markers.begin)
  const end = page.indexOf(markers.end)
  if (begin === -1 || end < begin) throw new Error(`the page has no ${markers.begin} before a ${markers.end}`)
  return `${page.slice(0, begin + markers.begin.length)}\n\n${measured}\n\n${page.slice(end)}`
}

/** In the project's format, so that a page written by hand and one written here are the same. */
export const formatted = async (markdown: string, path: string): Promise<string> =>
  format(markdown, { ...(await resolveConfig(path)), parser: "markdown" })

export const writePage = async (path: string, measured: string): Promise<void> =>
  writeFileSync(path, await formatted(withMeasured(readFileSync(path, "utf8"), measured), path))
