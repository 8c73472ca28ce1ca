import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Option from "effect/Option"
import * as References from "effect/References"
import * as module from "node:module"
import { StopMode } from "../backend/StopMode.ts"
import { CommandFailure } from "./CommandFailure.ts"
import { exitCodes, type ExitCode } from "./ExitCode.ts"
import { FirstSignal } from "./FirstSignal.ts"

/** After a signal the tree has this long to end; then the process goes without it, and the next one sweeps. */
export const stopLimitMillis = 2_000
/** When the compiled code is saved for the next start: what a session needs has been compiled by then. */
export const saveCodeMillis = 2_000

/** How the process ends when it is told to. */
export interface SignalCodes {
  readonly interrupted: ExitCode
  readonly terminated: ExitCode
}

/**
 * Runs a command as this process: its end is the process's end, with the command's exit code. SIGINT, SIGTERM and
 * SIGHUP stop it fast, and so does a defect outside of every fiber. A command that waits for the first of these signals
 * (`FirstSignal`) ends by itself, and well.
 */
export const runProcess = (command: Effect.Effect<void, CommandFailure, StopMode>, codes: SignalCodes): void => {
  let told: ExitCode | undefined
  let hurry: Effect.Effect<void> = Effect.void
  let begin: (() => void) | undefined
  const program = StopMode.use((mode) => {
    hurry = mode.hurry
    return command
  }).pipe(
    Effect.provide(StopMode.layer),
    // Also where a command has no logger of its own: stdout is for results, and for MCP.
    Effect.provideService(References.LogToStderr, true),
    Effect.provideService(FirstSignal, (first) => {
      begin = first
    })
  )
  const stop = (code: ExitCode) => {
    told ??= code
    Effect.runSync(hurry)
    fiber.interruptUnsafe()
    setTimeout(() => end(told ?? code), stopLimitMillis)
  }
  const signalled = (code: ExitCode) => {
    const first = begin
    begin = undefined
    if (first === undefined) return stop(code)
    told ??= exitCodes.ok
    first()
  }
  // Before anything starts: a signal that comes while children are being spawned must not leave them behind.
  process.on("SIGINT", () => signalled(codes.interrupted))
  process.on("SIGTERM", () => signalled(codes.terminated))
  process.on("SIGHUP", () => signalled(codes.terminated))
  process.on("uncaughtException", (error) => {
    complain(`internal error, a defect of the gateway: ${error.stack ?? error.message}`)
    stop(exitCodes.internal)
  })
  // A reader that has gone is no defect: there is just nobody left to write to.
  process.stderr.on("error", () => {})
  process.stdout.on("error", (error: NodeJS.ErrnoException) => {
    if (readerGone.has(error.code ?? "")) return stop(exitCodes.ok)
    complain(`stdout can't be written: ${error.message}`)
    stop(exitCodes.cannotWrite)
  })
  setTimeout(() => module.flushCompileCache(), saveCodeMillis).unref()
  const fiber = Effect.runFork(program)
  fiber.addObserver((exit) => end(codeOf(exit, told)))
}

/** How a write fails to which nobody listens any more. */
const readerGone: ReadonlySet<string> = new Set(["EPIPE", "ECONNRESET"])

const end = (code: ExitCode): void => {
  module.flushCompileCache()
  process.exit(code)
}

const codeOf = (exit: Exit.Exit<void, CommandFailure>, told: ExitCode | undefined): ExitCode => {
  if (told !== undefined) return told
  if (Exit.isSuccess(exit)) return exitCodes.ok
  const failure = Cause.findErrorOption(exit.cause)
  if (Option.isNone(failure)) {
    complain(`internal error, a defect of the gateway: ${Cause.pretty(exit.cause)}`)
    return exitCodes.internal
  }
  if (failure.value.message !== "") complain(failure.value.message)
  return failure.value.exitCode
}

const complain = (message: string): void => void process.stderr.write(`sentinel: ${message}\n`)
