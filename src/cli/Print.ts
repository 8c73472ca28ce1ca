import * as Effect from "effect/Effect"

/** Writes a text and a line end; succeeds when they have left the process, so that an exit cuts nothing off. */
const line = (stream: NodeJS.WriteStream, text: string): Effect.Effect<void> =>
  Effect.callback<void>((resume) => {
    stream.write(`${text}\n`, () => resume(Effect.void))
  })

/** A text and a line end on stdout. */
export const print = (text: string): Effect.Effect<void> => Effect.suspend(() => line(process.stdout, text))

export const printJson = (value: unknown): Effect.Effect<void> => print(JSON.stringify(value, undefined, 2))

/** A line for the person at the terminal, beside the result. */
export const note = (text: string): Effect.Effect<void> => Effect.suspend(() => line(process.stderr, text))
