/** Server-sent events, as MCP uses them: one message an event, its JSON on one `data` line. */
import { headerOf, type HttpResponse } from "./response.ts"

export interface ServerEvent {
  readonly event: string
  readonly data: string
}

const valueOf = (line: string, field: string) =>
  line.startsWith(`${field}:`)
    ? line.slice(line.charAt(field.length + 1) === " " ? field.length + 2 : field.length + 1)
    : undefined

/** Cuts events out of a text that grows. Events without data (comments, keep-alives) go nowhere. */
export const eventReader = (onEvent: (event: ServerEvent) => void) => {
  let event = "message"
  let data = ""
  let held = ""
  const onLine = (line: string) => {
    if (line === "") {
      if (data !== "") onEvent({ event, data })
      event = "message"
      data = ""
      return
    }
    event = valueOf(line, "event") ?? event
    data = valueOf(line, "data") ?? data
  }
  return (more: string) => {
    let from = 0
    for (let end = more.indexOf("\n"); end !== -1; end = more.indexOf("\n", from)) {
      const line = held + more.slice(from, end)
      held = ""
      from = end + 1
      onLine(line.endsWith("\r") ? line.slice(0, -1) : line)
    }
    held += more.slice(from)
  }
}

/** The messages in the body of a response to a POST, which may be one, or a stream of them. */
export const framesIn = ({ head, body }: HttpResponse): ReadonlyArray<string> => {
  if (body === "") return []
  if (headerOf(head, "content-type")?.startsWith("text/event-stream") !== true) return [body]
  const frames: Array<string> = []
  eventReader(({ data }) => frames.push(data))(body)
  return frames
}
