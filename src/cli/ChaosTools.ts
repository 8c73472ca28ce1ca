import type { BackendSpec } from "../domain/BackendSpec.ts"
import { publicName } from "../domain/ToolName.ts"

/** The tool of a backend of which none is known. */
const usual = "work"

/**
 * Which tools each backend has in an experiment: those known of it, as many as may be listed. A call is known by its
 * public name there, so one that an earlier backend has is left out, as a gateway withholds it.
 */
export const chaosTools = (
  specs: ReadonlyArray<BackendSpec>,
  knownOf: (spec: BackendSpec) => ReadonlyArray<string>
): ReadonlyMap<string, ReadonlyArray<string>> => {
  const taken = new Set<string>()
  const take = ({ prefix }: BackendSpec, tool: string): boolean => {
    const name = publicName(prefix, tool).toLowerCase()
    return !taken.has(name) && taken.add(name).has(name)
  }
  return new Map(
    specs.map((spec) => {
      // What is known may be of a time when the list could be longer.
      const known = knownOf(spec).slice(0, spec.bounds.tools)
      const own = known.filter((tool) => take(spec, tool))
      const substitute = [usual, `${usual}-${spec.name}`].find((tool) => own.length === 0 && take(spec, tool))
      return [spec.name, substitute === undefined ? own : [substitute]]
    })
  )
}
