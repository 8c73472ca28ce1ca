import { spawn } from "node:child_process"
import { once } from "node:events"

/** Longer than a start takes on a loaded machine. */
const startBoundMillis = 30_000
/** Longer than the gateway waits for what runs. */
const endBoundMillis = 15_000

export interface ProgramLaunch {
  readonly command: string
  readonly args: ReadonlyArray<string>
  readonly env?: Readonly<Record<string, string>>
  /** Finds in what the program has written so far, on both streams, where it can be reached. */
  readonly address: (written: string) => string | undefined
}

/** A program that serves until it is ended. */
export interface Program extends AsyncDisposable {
  readonly address: string
}

/** Starts a program and waits until it says where it serves. */
export const startProgram = async ({ address, args, command, env }: ProgramLaunch): Promise<Program> => {
  const child = spawn(command, args, { stdio: ["ignore", "pipe", "pipe"], env: { ...process.env, ...env } })
  const { promise, reject, resolve } = Promise.withResolvers<string>()
  let written = ""
  const read = (text: string): void => {
    written += text
    const found = address(written)
    if (found !== undefined) resolve(found)
  }
  child.stdout.setEncoding("utf8").on("data", read)
  child.stderr.setEncoding("utf8").on("data", read)
  const exited = once(child, "close")
  const say = (what: string) => reject(new Error(`${command} ${args.join(" ")}: ${what}\n${written}`))
  child.once("error", (error) => say(error.message))
  child.once("close", (code) => say(`ended with ${code}`))
  const bound = setTimeout(() => say("does not say where it serves"), startBoundMillis)
  const end = async (): Promise<void> => {
    child.kill("SIGTERM")
    const hard = setTimeout(() => child.kill("SIGKILL"), endBoundMillis)
    if (child.exitCode === null && child.signalCode === null) await exited
    clearTimeout(hard)
  }
  try {
    return { address: await promise, [Symbol.asyncDispose]: end }
  } catch (error) {
    await end()
    throw error
  } finally {
    clearTimeout(bound)
  }
}
