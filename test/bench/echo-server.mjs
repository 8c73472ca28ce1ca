/**
 * The backend of every benchmark: a stateful-era MCP server on stdio with the one tool `echo`, as cheap as plain Node allows,
 * since its cost is part of every route.
 */
import { outcomeOf } from "./echo-outcome.mjs"

const answer = (frame) => {
  const message = JSON.parse(frame)
  if (message.id === undefined || message.method === undefined) return ""
  return `{"jsonrpc":"2.0","id":${JSON.stringify(message.id)},${outcomeOf(message)}}\n`
}

let held = ""
process.stdin.setEncoding("utf8")
process.stdin.on("data", (chunk) => {
  let out = ""
  let from = 0
  for (let end = chunk.indexOf("\n"); end !== -1; end = chunk.indexOf("\n", from)) {
    const frame = held === "" ? chunk.slice(from, end) : held + chunk.slice(from, end)
    held = ""
    from = end + 1
    out += answer(frame)
  }
  if (from < chunk.length) held += chunk.slice(from)
  if (out !== "") process.stdout.write(out)
})
