import * as Effect from "effect/Effect"

/** Writes a text and a line end to stdout; succeeds when it has left the process, so that an exit cuts nothing off. */
export const print = (text: string): Effect.Effect<void> =>
  Effect.callback<void>((resume) => {
    process.stdout.write(`${text}\n`, () => resume(Effect.void))
  })

export const printJson = (value: unknown): Effect.Effect<void> => print(JSON.stringify(value, undefined, 2))

/** A line for the person at the terminal, beside the result. */
export const note = (text: string): Effect.Effect<void> => Effect.sync(() => void process.stderr.write(`${text}\n`))
