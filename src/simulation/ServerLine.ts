import type { JsonObject } from "../domain/Json.ts"
import type { LineRecord } from "./Observation.ts"

/** How a server's messages get to the gateway: the pipes of a process, or HTTP responses. */
export interface ServerLine {
  readonly record: LineRecord
  /** Sends a message. `about`: the request that it answers. */
  readonly deliver: (text: string, about: string | undefined, how?: Delivery) => void
  /** Says something of a request that it works on. */
  readonly mention: (text: string, about: string) => void
  /** Whether what answers nothing has a way to the gateway just now. */
  readonly isHeard: () => boolean
  /** The process, or the server's end of the session, is gone. */
  readonly die: (how: string) => void
  /** It goes on, but nothing comes from it any more. */
  readonly mute: () => void
}

/** `share`: it is gone after that share of the bytes. `millis`: they come in pieces over this time. */
export interface Delivery {
  readonly share?: number
  readonly millis?: number
}

/** One process of a server, as the server has it. */
export interface Attendant {
  readonly line: ServerLine
  readonly questions: {
    /** Asks for something. `question`: what an elicitation wants to know. */
    readonly ask: (method: string, params: JsonObject, question: string, done: () => void) => void
    /** Those without a reply. */
    readonly open: ReadonlyArray<string>
  }
  readonly isStopped: boolean
  /** Whether it has still to answer this request. */
  readonly owes: (id: string) => boolean
  /** It is stopped until then. */
  readonly stop: (until: number) => void
  readonly wake: () => void
  readonly goOn: () => void
  readonly toolsChanged: () => void
  readonly updated: (uri: string) => void
}
