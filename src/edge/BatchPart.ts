import type { Incoming } from "../protocol/Envelope.ts"
import { readJson } from "../protocol/JsonRead.ts"

/** The batch of those messages of a frame that fit, in their order; undefined: none does. `messages` are all of it. */
export const partOf = (
  frame: string,
  messages: ReadonlyArray<Incoming>,
  fits: (message: Incoming) => boolean
): string | undefined => {
  const value = readJson(frame)
  if (!Array.isArray(value)) return messages.every(fits) ? frame : undefined
  const part = value.filter((_, at) => {
    const message = messages[at]
    return message !== undefined && fits(message)
  })
  return part.length === 0 ? undefined : JSON.stringify(part)
}
