/** Where a value stands in a TOML document: `["backends", 1, "timeout_secs"]`. Numbers are places in a list, from 0. */
export type KeyPath = ReadonlyArray<string | number>

const bareKey = /^[A-Za-z0-9_-]+$/

/** A path as messages show it: `backends[1].timeout_secs`, with quotes where TOML needs them: `per_tool."a b"`. */
export const renderPath = (path: KeyPath): string =>
  path.reduce<string>((text, part) => {
    if (typeof part === "number") return `${text}[${part}]`
    const key = bareKey.test(part) ? part : JSON.stringify(part)
    return text === "" ? key : `${text}.${key}`
  }, "")

/** The last key of a path that is a name: of `backends[1].args[0]` it is `args`. */
export const lastName = (path: KeyPath): string =>
  path.findLast((part): part is string => typeof part === "string") ?? ""
