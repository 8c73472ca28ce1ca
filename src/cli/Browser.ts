import * as Effect from "effect/Effect"
import { spawn } from "node:child_process"

/** The command that opens a URL: a person's choice, else the system's own way. */
const opener = (url: string): ReadonlyArray<string> => {
  const named = process.env["SENTINEL_BROWSER"] || process.env["BROWSER"] || ""
  if (named === "") return [process.platform === "darwin" ? "open" : "xdg-open", url]
  const words = named.split(/\s+/).filter((word) => word !== "")
  // As others read $BROWSER: the URL goes where `%s` stands, else to the end.
  return named.includes("%s") ? words.map((word) => word.replace("%s", () => url)) : [...words, url]
}

/**
 * Opens a URL in a browser, which outlives the command: `$SENTINEL_BROWSER`, `$BROWSER`, or what the system has. Never
 * fails: the URL is on the terminal as well.
 */
export const openBrowser = (url: string): Effect.Effect<void> =>
  Effect.sync(() => {
    const [command = "", ...args] = opener(url)
    const child = spawn(command, args, { stdio: "ignore", detached: true })
    child.on("error", () => {})
    child.unref()
  })
