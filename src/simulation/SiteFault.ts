/** What a refusal has in its body. `rpc`: a JSON-RPC error under the id of the request. */
export type RefusalBody = "none" | "text" | "rpc"

/**
 * What goes wrong between the gateway and a server that is reached over HTTP, besides what goes wrong at the server
 * itself. What is said of "the next" requests or answers is used up by them.
 */
export type SiteFault =
  /** Nothing listens there: connections are refused. */
  | { readonly _tag: "Refuse"; readonly millis: number }
  /** Whoever wants to connect hears nothing. */
  | { readonly _tag: "Unroutable"; readonly millis: number }
  /** All connections are cut, now; the server and its sessions live on. */
  | { readonly _tag: "CutAll" }
  /** The connection is cut in the next answer, after this share of its body; 0: before its head. */
  | { readonly _tag: "Cut"; readonly share: number }
  /** The next requests are refused by a proxy before the server: nobody works on them. */
  | { readonly _tag: "Status"; readonly status: number; readonly body: RefusalBody; readonly requests: number }
  /** The next answer is lost at the proxy, which gives this status instead: the work has been done. */
  | { readonly _tag: "StatusInstead"; readonly status: number; readonly body: RefusalBody }
  /** The credentials of the next requests are refused. */
  | { readonly _tag: "Unauthorized"; readonly requests: number }
  /** The next requests are taken, and neither worked on nor answered. */
  | { readonly _tag: "Hang"; readonly requests: number }
  /** It forgets all sessions. */
  | { readonly _tag: "Forget" }
  /** The next answer names this as its media type. */
  | { readonly _tag: "Type"; readonly type: string }
  /** All event streams end in order, whether they have brought what they were for or not. */
  | { readonly _tag: "EndStreams" }
  /** All event streams bring what no client asked for: comments, unknown events, rubbish, a reply to somebody else. */
  | { readonly _tag: "OddEvents" }

/** What can become of one request. */
export type RequestFault = Extract<SiteFault, { readonly _tag: "Status" | "Unauthorized" | "Hang" }>

/** What can become of one answer. */
export type AnswerFault = Extract<SiteFault, { readonly _tag: "Cut" | "StatusInstead" | "Type" }>

/** Faults that wait for their moment, at most, of each kind. */
export const waitingSiteFaults = 256

/** What will go wrong with the next requests and answers. */
export class SiteFaults {
  readonly #requests: Array<RequestFault> = []
  readonly #answers: Array<AnswerFault> = []

  badRequests(fault: RequestFault): void {
    for (let left = fault.requests; left > 0 && this.#requests.length < waitingSiteFaults; left--) {
      this.#requests.push(fault)
    }
  }
  badAnswer(fault: AnswerFault): void {
    if (this.#answers.length < waitingSiteFaults) this.#answers.push(fault)
  }

  takeRequest(): RequestFault | undefined {
    return this.#requests.shift()
  }
  takeAnswer(): AnswerFault | undefined {
    return this.#answers.shift()
  }

  clear(): void {
    this.#requests.length = 0
    this.#answers.length = 0
  }
}
