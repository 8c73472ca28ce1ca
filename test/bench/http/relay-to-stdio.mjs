/** The relay's backend as a child process, one newline-JSON message a frame. */
import { spawn } from "node:child_process"

export const openBackend = (codec, [command, ...args]) => {
  const child = spawn(command, args, { stdio: ["pipe", "pipe", "inherit"] })
  child.on("close", () => process.exit(1))
  process.once("SIGTERM", () => child.kill())

  /** Own id -> who asked, and under which id. */
  const callers = new Map()
  let lastId = 0

  const onFrame = (frame) => {
    let answer
    const reply = codec.inward(frame, (ownId) => {
      const caller = callers.get(ownId)
      callers.delete(ownId)
      answer = caller?.answer
      return caller?.id
    })
    if (reply !== undefined) answer(reply)
  }

  let held = ""
  child.stdout.setEncoding(codec.encoding)
  child.stdout.on("data", (chunk) => {
    let from = 0
    for (let end = chunk.indexOf("\n"); end !== -1; end = chunk.indexOf("\n", from)) {
      const frame = held === "" ? chunk.slice(from, end) : held + chunk.slice(from, end)
      held = ""
      from = end + 1
      onFrame(frame)
    }
    if (from < chunk.length) held += chunk.slice(from)
  })

  return (body, answer) => {
    const ownId = ++lastId
    let isRequest = false
    const frame = codec.outward(body, ownId, (id) => {
      isRequest = true
      callers.set(ownId, { id, answer })
    })
    child.stdin.write(frame + "\n", codec.encoding)
    if (!isRequest) answer(undefined)
  }
}
