import { publicName } from "../../domain/ToolName.ts"
import type { BackendUnit } from "../../gateway/BackendUnit.ts"
import type { Promised } from "../Check.ts"
import { objectIn, readMessage, textIn } from "../Message.ts"

/** What is listed of a backend that is down is what its configuration says. */
export const downAsConfigured: Promised = {
  invariant: 5,
  name: "tools of a backend that is down stay listed or are hidden, as its configuration says",
  check: ({ gateway }, fail) => {
    const wasReady = new WeakSet<BackendUnit>()
    const downSince = new WeakMap<BackendUnit, number>()
    const compare = (client: string, names: ReadonlyArray<string>, at: number) => {
      for (const unit of sharedOf(gateway()?.units)) {
        const { prefix, name, whenDown } = unit.spec
        // Without a prefix a name does not say whose it is.
        if (prefix === "") continue
        // What happens at this very instant may not have got about.
        if (unit.life?._tag === "Ready" || (downSince.get(unit) ?? at) >= at) continue
        const isListed = names.some((listed) => listed.startsWith(publicName(prefix, "")))
        if (whenDown === "hide" && isListed) fail(`${client} is listed the tools of ${name}, which is down`)
        if (whenDown === "list" && !isListed && wasReady.has(unit))
          fail(`${client} is listed no tools of ${name}, although they stay while it is down`)
      }
    }
    return {
      saw: (seen, at) => {
        if (seen._tag !== "Told" || !seen.text.includes('"tools":[')) return
        const names = namesIn(seen.text)
        if (names !== undefined) compare(seen.client, names, at)
      },
      instant: (at) => {
        for (const unit of sharedOf(gateway()?.units)) {
          if (unit.life?._tag === "Ready") {
            wasReady.add(unit)
            downSince.delete(unit)
          } else if (!downSince.has(unit)) downSince.set(unit, at)
        }
      }
    }
  }
}

/** Of the others each client has a connection of its own, which is listed by itself. */
const sharedOf = (units: ReadonlyArray<BackendUnit> = []): ReadonlyArray<BackendUnit> =>
  units.filter(({ spec }) => spec.isolation === "shared")

/** The names of the tools in the reply to a list; `undefined`: it is none. */
const namesIn = (text: string): ReadonlyArray<string> | undefined => {
  const { tools } = objectIn(readMessage(text), "result")
  return Array.isArray(tools) ? tools.map((tool) => textIn(tool, "name")) : undefined
}
