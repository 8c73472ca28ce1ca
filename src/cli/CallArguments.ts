import * as Effect from "effect/Effect"
import { isJsonObject, type JsonObject } from "../domain/Json.ts"
import { CommandFailure } from "./CommandFailure.ts"
import { exitCodes } from "./ExitCode.ts"

/** The largest argument read from stdin, in bytes: what a client may send in one message by default. */
export const stdinBytesMax = 4 * 1024 * 1024

/**
 * The arguments of a tool call as given on the command line: a JSON object, `-` for one on stdin, nothing for none.
 * Fails, with an example, on anything else.
 */
export const readCallArguments = (
  name: string,
  given: string | undefined
): Effect.Effect<JsonObject, CommandFailure> =>
  given === undefined
    ? Effect.succeed({})
    : Effect.flatMap(given === "-" ? readStdin : Effect.succeed(given), (text) => parseObject(name, text))

const parseObject = (name: string, text: string): Effect.Effect<JsonObject, CommandFailure> =>
  Effect.try({
    try: (): unknown => JSON.parse(text),
    catch: (cause) => usage(`the arguments are not JSON: ${cause instanceof Error ? cause.message : ""}`, name)
  }).pipe(
    Effect.flatMap((value) =>
      isJsonObject(value)
        ? Effect.succeed(value)
        : Effect.fail(usage(`the arguments must be a JSON object, but are ${kindOf(value)}`, name))
    )
  )

const kindOf = (value: unknown): string =>
  value === null ? "null" : Array.isArray(value) ? "a list" : `a ${typeof value}`

const usage = (what: string, name: string): CommandFailure =>
  new CommandFailure({
    exitCode: exitCodes.usage,
    message: `${what}\nWrite one JSON object in single quotes, or - to read it from stdin:\n  sentinel call ${name} '{"message": "hello"}'`
  })

const readStdin: Effect.Effect<string, CommandFailure> = Effect.callback<string, CommandFailure>((resume) => {
  const chunks: Array<Buffer> = []
  let bytes = 0
  const tooMuch = `the arguments on stdin are more than ${stdinBytesMax} bytes`
  process.stdin.on("data", (chunk: Buffer) => {
    chunks.push(chunk)
    bytes += chunk.length
    if (bytes <= stdinBytesMax) return
    process.stdin.destroy()
    resume(Effect.fail(new CommandFailure({ exitCode: exitCodes.usage, message: tooMuch })))
  })
  process.stdin.once("end", () => resume(Effect.succeed(Buffer.concat(chunks).toString("utf8"))))
  process.stdin.once("error", (error) => {
    const message = `stdin can't be read: ${error.message}`
    resume(Effect.fail(new CommandFailure({ exitCode: exitCodes.usage, message })))
  })
})
