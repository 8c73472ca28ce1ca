import type { Backend } from "../../backend/Backend.ts"
import type { Promised } from "../Check.ts"
import { slotName, slotOf } from "../Slots.ts"

/** The id of a request, in its frame. */
const requestPattern = /^{"jsonrpc":"2.0","id":"([^"]*)","method"/

/** Ids that are remembered of one backend: more than a late reply could be of. */
const rememberedIds = 1_000

/** Ids never come again, so that a late reply of an earlier connection fits nothing on this one. */
export const idsAreNew: Promised = {
  invariant: 17,
  name: "no request has the id of one on an earlier connection",
  check: ({ gateway }, fail) => {
    /** By their ids: the lines that requests went to. */
    const known = new WeakMap<Backend, Map<string, number>>()
    return {
      saw: (seen) => {
        if (seen._tag !== "Written") return
        const [, id] = requestPattern.exec(seen.text) ?? []
        const backend = slotOf(gateway(), seen.line)?.backend
        if (id === undefined || backend === undefined) return
        const lines = known.get(backend) ?? new Map<string, number>()
        known.set(backend, lines)
        const before = lines.get(id)
        const { line } = seen.line
        if (before !== undefined && before !== line)
          fail(`${slotName(seen.line)} #${line} gets a request ${id}, as #${before} did`)
        lines.set(id, line)
        const [oldest] = lines.keys()
        if (lines.size > rememberedIds && oldest !== undefined) lines.delete(oldest)
      }
    }
  }
}
