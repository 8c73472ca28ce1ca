import { publicName as prefixOf } from "../config/BackendNames.ts"
import type { Configuration } from "../config/Configuration.ts"
import { quote } from "../config/Found.ts"
import { locate, type Complaint, type Problem } from "../config/Problem.ts"
import type { BackendSpec } from "../domain/BackendSpec.ts"
import type { Catalog } from "../domain/Catalog.ts"
import {
  isLongForClients,
  maxToolNameLength,
  prefixSeparator,
  publicName,
  recommendedToolNameLength
} from "../domain/ToolName.ts"

/** What is known of a backend's tools without starting it: what it listed when it last ran. */
export type KnownCatalog = (spec: BackendSpec) => Catalog | undefined

/** Names shown in one message. */
const shownNames = 3

/**
 * Public tool names that would make trouble (design, "Names"): two tools with one name are an error, names too long
 * for some clients a warning. A backend that never ran here is judged by its prefix alone.
 */
export const nameProblems = (configuration: Configuration, catalogOf: KnownCatalog): ReadonlyArray<Problem> => {
  const owners = new Map<string, string>()
  return configuration.backends.flatMap((spec) => {
    const names = (catalogOf(spec)?.tools ?? []).map(({ name }) => publicName(spec.prefix, name))
    const taken = names.filter((name) => owners.has(name))
    const others = new Set(taken.map((name) => owners.get(name) ?? ""))
    for (const name of names) if (!owners.has(name)) owners.set(name, spec.name)
    const complaints = [
      ...(taken.length > 0 ? [collision(taken, [...others])] : []),
      ...(names.some(isLongForClients) ? [tooLong(names.filter(isLongForClients))] : []),
      ...(names.length === 0 && leavesNoRoom(spec.prefix) ? [longPrefix(spec.prefix)] : [])
    ]
    return complaints.map((complaint) => at(configuration, spec, complaint))
  })
}

const leavesNoRoom = (prefix: string): boolean => prefix !== "" && isLongForClients(`${prefix}${prefixSeparator}x`)

type Finding = Omit<Complaint, "path">

const at = ({ source }: Configuration, spec: BackendSpec, finding: Finding): Problem => {
  const section = source.backendPath(spec.name)
  // Where no prefix is written, the name is the prefix.
  const path = [...section, spec.prefix === prefixOf(spec.name) ? "name" : "prefix"]
  return locate(source.file, source.positionOf(path), { ...finding, path })
}

const collision = (names: ReadonlyArray<string>, owners: ReadonlyArray<string>): Finding => ({
  found: `${some(names)}: public tool names that ${owners.map((name) => quote(name)).join(", ")} has already`,
  allowed: "public tool names that are unique once other characters than letters, digits, _ and - have become _",
  advice: "give one of the backends another prefix"
})

const tooLong = (names: ReadonlyArray<string>): Finding => ({
  severity: "warning",
  found: `${some(names)}: more than ${recommendedToolNameLength} characters`,
  allowed: `${maxToolNameLength} characters, of which clients take up to ${maxToolNameLength - recommendedToolNameLength} for their own prefix`,
  advice: "set a shorter prefix for this backend"
})

const longPrefix = (prefix: string): Finding => ({
  severity: "warning",
  found: `a prefix of ${prefix.length} characters`,
  allowed: `a prefix that leaves room for the tools' own names in ${recommendedToolNameLength} characters`,
  advice: "set a shorter prefix for this backend"
})

const some = (names: ReadonlyArray<string>): string => {
  const rest = names.length - shownNames
  return names.slice(0, shownNames).map(quote).join(", ") + (rest > 0 ? ` and ${rest} more` : "")
}
