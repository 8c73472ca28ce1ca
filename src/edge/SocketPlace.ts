import { lstatSync, statSync } from "node:fs"
import * as path from "node:path"

/** Bytes of a Unix socket's path: `sun_path` less its final NUL (unix(7); on macOS and the BSDs it is shorter). */
export const socketPathBytes = process.platform === "linux" ? 107 : 103

/** Permission bits of everybody but the owner. */
const othersBits = 0o077

/** Where the gateway that serves a state directory listens for those that attach to it. */
export const socketFile = (stateDirectory: string): string => path.join(stateDirectory, "gateway.sock")

/** A file as `stat` shows it, as far as it matters here. */
interface Found {
  readonly uid: number
  readonly mode: number
}

/** Why no socket can be in this directory; undefined if one can. Only its owner may reach what is in it. */
export const placeProblem = (stateDirectory: string): string | undefined => {
  const bytes = Buffer.byteLength(socketFile(stateDirectory))
  if (bytes > socketPathBytes) {
    return `the path ${socketFile(stateDirectory)} has ${bytes} bytes, a socket's may have ${socketPathBytes}; choose a shorter state_dir`
  }
  const found = statSync(stateDirectory, { throwIfNoEntry: false })
  return found === undefined ? `${stateDirectory} is missing` : ownerProblem(stateDirectory, found, "700")
}

/** What there is at a socket's path, for somebody who would connect to it. */
export type SocketState = { readonly _tag: "Absent" | "Fit" } | { readonly _tag: "Unfit"; readonly reason: string }

/** Whether this user, and nobody else, put a socket there: who connects trusts whoever listens. */
export const socketState = (stateDirectory: string): SocketState => {
  const file = socketFile(stateDirectory)
  const found = lstatSync(file, { throwIfNoEntry: false })
  if (found === undefined) return { _tag: "Absent" }
  const reason = found.isSocket()
    ? (placeProblem(stateDirectory) ?? ownerProblem(file, found, "600"))
    : `${file} is no socket`
  return reason === undefined ? { _tag: "Fit" } : { _tag: "Unfit", reason }
}

const ownerProblem = (file: string, { mode, uid }: Found, allowed: string): string | undefined => {
  const self = process.getuid?.()
  if (self !== undefined && uid !== self) return `${file} belongs to user ${uid}, not to ${self}`
  if ((mode & othersBits) === 0) return undefined
  return `${file} is open to other users (mode ${(mode & 0o777).toString(8)}): run chmod ${allowed} on it`
}
