/** The path of the merged gateway. */
export const mergedPath = "/mcp"

const serversPath = "/servers/"

/** The path of one backend under its own names. */
export const backendPath = (name: string): string => `${serversPath}${encodeURIComponent(name)}${mergedPath}`

/** A target that names its host itself, as those do that are sent to a proxy (RFC 9112, section 3.2.2). */
export interface AbsoluteTarget {
  readonly authority: string
  /** Path and query. */
  readonly path: string
}

const absoluteForm = /^https?:\/\/([^/?#]*)(.*)$/is
const slash = 0x2f

/** Reads a target in absolute form; `undefined`: it is in another one. */
export const absoluteTarget = (url: string): AbsoluteTarget | undefined => {
  if (url.charCodeAt(0) === slash) return undefined
  const [, authority, path] = absoluteForm.exec(url) ?? []
  return authority === undefined || path === undefined ? undefined : { authority, path }
}

/** What a path leads to: the merged gateway (`undefined`), one backend (its name), or nothing (`false`). */
export const scopeOf = (url: string): string | undefined | false => {
  if (url === mergedPath) return undefined
  const query = url.indexOf("?")
  const path = query < 0 ? url : url.slice(0, query)
  if (path === mergedPath) return undefined
  if (!path.startsWith(serversPath) || !path.endsWith(mergedPath)) return false
  try {
    return decodeURIComponent(path.slice(serversPath.length, -mergedPath.length))
  } catch {
    return false
  }
}
