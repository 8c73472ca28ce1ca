/** The path of the merged gateway. */
export const mergedPath = "/mcp"

const serversPath = "/servers/"

/** The path of one backend under its own names. */
export const backendPath = (name: string): string => `${serversPath}${encodeURIComponent(name)}${mergedPath}`

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
