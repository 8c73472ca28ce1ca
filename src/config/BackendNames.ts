import { backendSections, lineOf, textOf, type Document, type Rule, type Section } from "./Document.ts"
import { quote } from "./Found.ts"
import { renderPath } from "./KeyPath.ts"
import type { Complaint } from "./Problem.ts"

/** A backend's name as it appears in public tool names: anything but letters, digits, `_` and `-` becomes `_`. */
export const publicName = (name: string): string => name.replaceAll(/[^A-Za-z0-9_-]/gu, "_")

const sameName = (name: string) => publicName(name).toLowerCase()

/** Two backends that people or clients would confuse are refused: a call must have one owner. */
export const distinctNames: Rule = (document) =>
  backendSections(document).flatMap((section, place, all) => {
    const name = textOf(section, "name")
    if (name === undefined) return []
    const isSame = (other: Section) => sameName(textOf(other, "name") ?? "") === sameName(name)
    const first = all.slice(0, place).find(isSame)
    if (first === undefined) return []
    const firstName = textOf(first, "name") ?? ""
    const how =
      firstName === name ? "the same name as" : `which differs only in case or punctuation from ${quote(firstName)} of`
    return [
      {
        path: [...section.path, "name"],
        found: `${quote(name)}, ${how} ${renderPath(first.path)}${lineOf(document, first.path)}`,
        allowed: "a name that no other backend has, compared without case and with punctuation as _",
        advice: "rename one of the two, or remove it"
      }
    ]
  })

/** Prefixes that let two tools of different backends get one public name; the router then refuses the later tool. */
export const distinctPrefixes: Rule = (document) => {
  const enabled = backendSections(document).filter((section) => section.keys["enabled"] !== false)
  return enabled.flatMap((section, place) => {
    const own = stem(section)
    const rival = enabled.slice(0, place).find((other) => overlap(own, stem(other)))
    return rival === undefined ? [] : [overlapping(document, section, rival)]
  })
}

/** What precedes the tool's own name; undefined if the name is not known. */
const stem = (section: Section): string | undefined => {
  const prefix = textOf(section, "prefix") ?? publicName(textOf(section, "name") ?? "?")
  return prefix === "?" ? undefined : prefix === "" ? "" : `${prefix}__`.toLowerCase()
}

const overlap = (one: string | undefined, other: string | undefined): boolean => {
  if (one === undefined || other === undefined) return false
  if (one === "" || other === "") return one === other
  return one.startsWith(other) || other.startsWith(one)
}

const overlapping = (document: Document, section: Section, rival: Section): Complaint => ({
  path: section.keys["prefix"] === undefined ? [...section.path, "name"] : [...section.path, "prefix"],
  severity: "warning",
  found: `public tool names that begin with ${quote(stem(section) ?? "")}, as those of ${renderPath(rival.path)}${lineOf(document, rival.path)} may too`,
  allowed: "prefixes of which none is the beginning of another",
  advice: "give one of the two another prefix; else a tool whose public name is taken is not offered"
})
