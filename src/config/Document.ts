import { isTable } from "./Found.ts"
import type { KeyPath } from "./KeyPath.ts"
import type { Complaint } from "./Problem.ts"
import type { TomlPositions } from "./TomlPositions.ts"

/** The variables of the gateway's own environment. */
export type Environment = Readonly<Record<string, string | undefined>>

/** A parsed file before anything is known to be right in it, and where it stands. */
export interface Document {
  readonly tree: Readonly<Record<string, unknown>>
  readonly file: string
  readonly environment: Environment
  /** Scanned at the first use: a file without problems never needs it. */
  readonly positions: () => TomlPositions
}

/**
 * One thing that must hold. Rules look at the parsed file and not at the decoded one, so that they still speak when
 * another part of the file is wrong, and a person sees everything at once.
 */
export type Rule = (document: Document) => ReadonlyArray<Complaint>

/** One `[[backends]]` section as parsed. */
export interface Section {
  readonly index: number
  readonly path: KeyPath
  readonly keys: Readonly<Record<string, unknown>>
}

export const backendSections = (document: Document): ReadonlyArray<Section> => {
  const list = document.tree["backends"]
  if (!Array.isArray(list)) return []
  return list.flatMap((keys: unknown, index) => (isTable(keys) ? [{ index, path: ["backends", index], keys }] : []))
}

/** The sections of backends that are reached by HTTP and enabled. */
export const httpSections = (document: Document): ReadonlyArray<Section> =>
  backendSections(document).filter(({ keys }) => keys["type"] === "http" && keys["enabled"] !== false)

/** A text of a section; undefined if it is absent or not a text. */
export const textOf = (section: Section, key: string): string | undefined => {
  const value = section.keys[key]
  return typeof value === "string" ? value : undefined
}

/** A number of a section; undefined if it is absent or not a number. */
export const numberOf = (section: Section, key: string): number | undefined => {
  const value = section.keys[key]
  return typeof value === "number" ? value : undefined
}

/** ` (line 12)`, for a message that speaks of a second place. */
export const lineOf = (document: Document, path: KeyPath): string => {
  const position = document.positions().at(path)
  return position === undefined ? "" : ` (line ${position.line})`
}

/** Every text of the file with its path. */
export const textsOf = (value: unknown, path: KeyPath = []): ReadonlyArray<{ path: KeyPath; text: string }> => {
  if (typeof value === "string") return [{ path, text: value }]
  if (Array.isArray(value)) return value.flatMap((entry: unknown, index) => textsOf(entry, [...path, index]))
  if (isTable(value)) return Object.entries(value).flatMap(([key, entry]) => textsOf(entry, [...path, key]))
  return []
}
