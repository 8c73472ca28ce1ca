/**
 * What both bare relays share: one client on stdin and stdout, one child process behind it, frames cut chunk by chunk,
 * and one write for all frames of a read. No back-pressure, no limits, no errors: a lower bound, not a product.
 */
import { spawn } from "node:child_process"

const pump = (source, sink, encoding, convert) => {
  let held = ""
  source.setEncoding(encoding)
  source.on("data", (chunk) => {
    let out = ""
    let from = 0
    for (let end = chunk.indexOf("\n"); end !== -1; end = chunk.indexOf("\n", from)) {
      const frame = held === "" ? chunk.slice(from, end) : held + chunk.slice(from, end)
      held = ""
      from = end + 1
      out += convert(frame)
    }
    if (from < chunk.length) held += chunk.slice(from)
    if (out !== "") sink.write(out, encoding)
  })
}

/** `toChild` and `toClient` turn one frame (without its newline) into what is sent on, newline included. */
export const relay = (encoding, toChild, toClient) => {
  const [command, ...args] = process.argv.slice(2)
  const child = spawn(command, args, { stdio: ["pipe", "pipe", "inherit"] })
  pump(process.stdin, child.stdin, encoding, toChild)
  pump(child.stdout, process.stdout, encoding, toClient)
  process.stdin.on("end", () => child.stdin.end())
  child.on("close", () => process.stdin.destroy())
}
