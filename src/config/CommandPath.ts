import * as path from "node:path"

/**
 * The PATH by which a bare command of a backend is found, and which the backend itself gets: the programs installed
 * with the gateway (`<packageRoot>/node_modules/.bin`, in their locked versions) before the PATH it was started with.
 */
export const commandSearchPath = (environmentPath: string | undefined, packageRoot: string): string => {
  const own = path.join(packageRoot, "node_modules", ".bin")
  const rest = (environmentPath ?? "").split(path.delimiter).filter((entry) => entry !== "" && entry !== own)
  return [own, ...rest].join(path.delimiter)
}
