import type { JsonObject } from "../domain/Json.ts"

/** One call of a simulated client. Its canary is in its arguments, and comes back in its result. */
export interface CallRecord {
  readonly client: string
  readonly id: number
  readonly canary: string
  readonly backend: string
  readonly tool: string
  /** The operator said that it may be done again. */
  readonly repeatable: boolean
  readonly askedAt: number
  /** Its client did not want it any more, before there was a reply. */
  cancelledAt: number | undefined
  readonly replies: Array<{ readonly at: number; readonly message: JsonObject }>
  /** When its bytes were written to which process, and when one had read them. */
  readonly written: Array<{ readonly line: number; readonly at: number }>
  readonly arrived: Array<{ readonly line: number; readonly at: number }>
  /** When a site refused it unread the last time: it is as if it had not been written. */
  handedBackAt?: number
  /** Its client was asked something for it so often, and is away to answer; default: never. */
  asked?: number
  isAway?: boolean
  /** How often a server of the stateless era gave it back with a question, and has nothing of it in hand since. */
  givenBack?: number
  /** How often a server went on with it, after its client was asked; default: never. */
  resumed?: number
}

/** One process of a simulated server, or one session with it. */
export interface LineRecord {
  /** Its number among all of the run. */
  readonly line: number
  readonly backend: string
  /** `undefined`: the shared one. */
  readonly session: string | undefined
}

/** Something that was seen from outside of the gateway: by a client, by a server, by the operating system. */
export type Observation =
  | { readonly _tag: "Asked"; readonly call: CallRecord }
  | { readonly _tag: "Cancelled"; readonly call: CallRecord }
  /** A reply to a call. */
  | { readonly _tag: "Replied"; readonly call: CallRecord; readonly message: JsonObject }
  /** A reply to something that nobody asked, or asked no more. */
  | { readonly _tag: "Stray"; readonly client: string; readonly text: string }
  /** Any other message to a client. */
  | { readonly _tag: "Told"; readonly client: string; readonly text: string }
  /** The gateway began to open a line; it may never stand. */
  | { readonly _tag: "Attempt"; readonly backend: string; readonly session: string | undefined }
  | { readonly _tag: "Opened"; readonly line: LineRecord }
  | {
      readonly _tag: "Written"
      readonly line: LineRecord
      readonly text: string
      readonly call: CallRecord | undefined
    }
  | { readonly _tag: "Arrived"; readonly line: LineRecord; readonly call: CallRecord }
  /** A server of the stateless era has ended a call with a question, and forgets it. */
  | { readonly _tag: "GivenBack"; readonly line: LineRecord; readonly call: CallRecord }
  /** A server goes on with a call, now that its client was asked. `fault`: it is not given what it asked for. */
  | {
      readonly _tag: "Resumed"
      readonly line: LineRecord
      readonly call: CallRecord
      readonly fault: string | undefined
    }
  /** A server got a reply to a question of its own. `fault`: it is not the answer to that. */
  | { readonly _tag: "Heard"; readonly line: LineRecord; readonly text: string; readonly fault: string | undefined }
  /** A client is asked something. */
  | { readonly _tag: "Question"; readonly client: string; readonly id: string; readonly text: string }
  /** It has answered, or need not any more. */
  | { readonly _tag: "QuestionOver"; readonly client: string; readonly id: string; readonly how: string }
  /** A server wrote something. */
  | { readonly _tag: "Sent"; readonly line: LineRecord; readonly text: string }
  /** The other side is gone: by itself, or because the gateway ended it. */
  | { readonly _tag: "Gone"; readonly line: LineRecord; readonly how: string }
  /** The gateway is told that a line is over. */
  | { readonly _tag: "Over"; readonly line: LineRecord }
  | { readonly _tag: "Fault"; readonly backend: string; readonly what: string }
  | { readonly _tag: "World"; readonly what: string }
  | { readonly _tag: "Log"; readonly level: string; readonly text: string }

/** The observation as one line, the same for the same run. */
export const describe = (at: number, seen: Observation): string => `${at.toFixed(3)} ${words(seen)}`

const words = (seen: Observation): string => {
  switch (seen._tag) {
    case "Asked":
      return `${seen.call.client} asks ${seen.call.id} ${seen.call.backend}/${seen.call.tool} ${seen.call.canary}`
    case "Cancelled":
      return `${seen.call.client} cancels ${seen.call.id}`
    case "Replied":
      return `${seen.call.client} <- ${JSON.stringify(seen.message)}`
    case "Stray":
    case "Told":
      return `${seen.client} <- ${seen._tag.toLowerCase()} ${seen.text}`
    case "Attempt":
      return `gateway opens ${nameOf(seen.backend, seen.session)}`
    case "Opened":
      return `${lineName(seen.line)} stands`
    case "Written":
      return `${lineName(seen.line)} <- ${seen.text}`
    case "Arrived":
      return `${lineName(seen.line)} works on ${seen.call.canary}`
    case "GivenBack":
      return `${lineName(seen.line)} gives ${seen.call.canary} back with a question`
    case "Resumed":
      return `${lineName(seen.line)} goes on with ${seen.call.canary}${seen.fault === undefined ? "" : `: ${seen.fault}`}`
    case "Heard":
      return `${lineName(seen.line)} hears ${seen.text}${seen.fault === undefined ? "" : `: ${seen.fault}`}`
    case "Question":
      return `${seen.client} is asked ${seen.text}`
    case "QuestionOver":
      return `${seen.client} ${seen.how} ${seen.id}`
    case "Sent":
      return `${lineName(seen.line)} -> ${shortened(seen.text)}`
    case "Gone":
      return `${lineName(seen.line)} is gone: ${seen.how}`
    case "Over":
      return `${lineName(seen.line)} is over`
    case "Fault":
      return `fault ${seen.backend} ${seen.what}`
    case "World":
      return seen.what
    case "Log":
      return `log ${seen.level} ${seen.text}`
  }
}

const nameOf = (backend: string, session: string | undefined): string =>
  session === undefined ? backend : `${backend} of ${session}`

const lineName = ({ backend, line, session }: LineRecord): string => `${nameOf(backend, session)} #${line}`

/** Characters of one text in the trace: an oversize frame says nothing more. */
const shownChars = 2_000

const shortened = (text: string): string =>
  text.length <= shownChars ? text : `${text.slice(0, shownChars)}… (${text.length} characters)`
