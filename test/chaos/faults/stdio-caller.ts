/** A caller over stdio, of the child that it starts. */
import { spawn } from "node:child_process"
import { createInterface } from "node:readline"
import { answerTo } from "../../bench/calls.ts"
import { initializeParams, isRecord, type Launch } from "../../bench/client.ts"
import { track } from "../../bench/end-process.ts"
import { arrived, succeeded } from "./answer.ts"
import { openRequests, type Caller } from "./caller.ts"
import { endGently } from "./end.ts"

const parsed = (line: string): unknown => {
  try {
    return JSON.parse(line)
  } catch {
    return undefined
  }
}

export const startStdioCaller = (launch: Launch): Caller => {
  const child = spawn(launch.command, launch.args, {
    cwd: launch.cwd,
    env: launch.env,
    stdio: ["pipe", "pipe", "ignore"]
  })
  child.once("error", () => {}) // what could not be started has no pid
  const { pid, stdin, stdout } = child
  if (pid === undefined) throw new Error(`${launch.command} did not start`)
  track(child)

  const requests = openRequests()
  let isOver = false
  const end = (why: string) => {
    isOver = true
    requests.cut(why)
  }
  const write = (message: object | string) =>
    isOver ? undefined : stdin.write(`${typeof message === "string" ? message : JSON.stringify(message)}\n`)
  stdin.on("error", () => end("its standard input has ended"))
  child.once("exit", (code, signal) => end(`the process has ended (${signal ?? `code ${code}`})`))
  createInterface({ input: stdout })
    .on("line", (line) => {
      const message = parsed(line)
      if (isRecord(message) && typeof message["method"] === "string" && message["id"] !== undefined) {
        write(answerTo(message["method"], message["id"]))
      } else requests.receive(message)
    })
    .once("close", () => end("its standard output has ended"))

  const ask: Caller["ask"] = (method, params) => {
    if (isOver) return Promise.resolve(arrived({ _tag: "Cut", why: "it has ended" }))
    const { answer, id } = requests.add()
    write({ jsonrpc: "2.0", id, method, params })
    return answer
  }
  return {
    open: async () => {
      const opened = await ask("initialize", initializeParams)
      if (succeeded(opened.answer)) write({ jsonrpc: "2.0", method: "notifications/initialized" })
      return opened
    },
    ask,
    needsOpening: () => false,
    isOver: () => isOver,
    toldAt: requests.toldAt,
    strays: requests.strays,
    close: () => endGently(pid, () => stdin.end())
  }
}
