import * as Effect from "effect/Effect"
import type { CommandFailure } from "./CommandFailure.ts"

/**
 * A text and a line end on stdout; succeeds when they have left the process, so that an exit cuts nothing off. Where they
 * can't, it does not come back: the process ends, with what the stream's error says (`runProcess`).
 */
export const print = (text: string): Effect.Effect<void> =>
  Effect.callback<void>((resume) => {
    process.stdout.write(`${text}\n`, (error) => {
      if (error === null || error === undefined) resume(Effect.void)
    })
  })

export const printJson = (value: unknown): Effect.Effect<void> => print(JSON.stringify(value, undefined, 2))

/** A failure for programs; nothing where the output has said it all. */
export const printFailure = ({ exitCode, message, problems }: CommandFailure): Effect.Effect<void> =>
  message === "" ? Effect.void : printJson({ error: { exitCode, message, ...(problems && { problems }) } })

/** A line for the person at the terminal, beside the result. That nobody gets it changes nothing. */
export const note = (text: string): Effect.Effect<void> =>
  Effect.callback<void>((resume) => {
    process.stderr.write(`${text}\n`, () => resume(Effect.void))
  })
