import type { RequestId } from "../domain/Request.ts"
import { parse } from "../protocol/Envelope.ts"
import { headOf, isNotification } from "./FrameHead.ts"

/** What the client of a session has been asked for its requests, and has not answered. */
export class OpenQuestions {
  /** Requests by the ids of the questions; the gateway bounds how many are open at a time. */
  readonly #requests = new Map<RequestId, RequestId>()

  /** The requests that wait for an answer of their client. */
  get requests(): ReadonlySet<RequestId> {
    return new Set(this.#requests.values())
  }

  /** A frame about a request goes out that is not its reply: a question, or one that is taken back. */
  sent(frame: string, about: RequestId): void {
    const head = headOf(frame)
    if (head._tag === "Question") this.#requests.set(head.id, about)
    else if (isNotification(frame, "notifications/cancelled")) this.#takenBack(frame)
  }

  answered(question: RequestId): void {
    this.#requests.delete(question)
  }

  /** A request has ended, and its questions with it. */
  ended(request: RequestId): void {
    for (const [question, about] of this.#requests) if (about === request) this.#requests.delete(question)
  }

  #takenBack(frame: string): void {
    const message = parse(frame)
    const id = message._tag === "Notification" ? message.params["requestId"] : undefined
    if (typeof id === "string" || typeof id === "number") this.#requests.delete(id)
  }
}
