import type { HttpLine } from "./HttpMessage.ts"
import { HttpLegacy } from "./HttpLegacy.ts"
import type { LegacyEnd, LegacyHost } from "./HttpLegacy.ts"
import type { RequestFailure, TransportExit } from "./Transport.ts"

/** Statuses of a server that has no Streamable HTTP (MCP 2025-11-25, Transports, "Backwards Compatibility"). */
export const olderServer: ReadonlySet<number> = new Set([400, 404, 405])

/** Who needs the stream of the older transport. */
export interface OpeningHost {
  readonly line: HttpLine
  readonly opened: (path: string) => void
  /** There is none. With `failure` whoever waits failed by it; without, `reason` is the server's own refusal. */
  readonly notOpened: (reason: string, failure: RequestFailure | undefined) => void
  readonly heard: (frames: ReadonlyArray<string>) => void
  readonly oversize: (bytes: number) => void
  readonly unreachable: (reason: string) => void
  readonly exit: (exit: TransportExit) => void
}

/** Opens the stream of HTTP+SSE, with new credentials if they are asked for, and tells of its end. */
export class LegacyOpening implements LegacyHost {
  readonly line: HttpLine
  readonly #host: OpeningHost
  readonly #before: string | undefined
  #stream: HttpLegacy | undefined
  #hasAsked = false
  #isOver = false

  /** `before`: why the newer transport was given up. */
  constructor(host: OpeningHost, before: string | undefined) {
    this.line = host.line
    this.#host = host
    this.#before = before
  }

  open(): void {
    this.#stream = new HttpLegacy(this)
    this.#stream.open()
  }

  stop(): void {
    this.#isOver = true
    this.#stream?.abort()
  }

  readonly opened = (path: string): void => this.#host.opened(path)
  readonly heard = (frames: ReadonlyArray<string>): void => this.#host.heard(frames)
  readonly oversize = (bytes: number): void => this.#host.oversize(bytes)

  readonly legacyEnded = (end: LegacyEnd): void => {
    if (this.#isOver) return
    switch (end._tag) {
      case "Closed":
        return this.#host.exit({ reason: end.reason })
      case "Unreachable":
        this.#host.notOpened(end.reason, { reason: end.reason, sent: false })
        return this.#host.unreachable(end.reason)
      case "NotSent":
        return this.#host.notOpened(end.reason, { reason: end.reason, sent: false })
      case "NotOffered":
        return this.#host.notOpened(this.#reason(end.reason), undefined)
      case "Challenged":
        return this.#challenged(end)
    }
  }

  #reason(reason: string): string {
    if (this.#before === undefined) return `offers no HTTP+SSE: it ${reason}`
    return `${this.#before}; nor does it offer the older HTTP+SSE: it ${reason}`
  }

  #challenged({ challenge }: Extract<LegacyEnd, { readonly _tag: "Challenged" }>): void {
    const fail = (reason: string) => this.#host.notOpened(reason, { reason, sent: false, authentication: true })
    if (this.#hasAsked) return fail(`refused the gateway's credentials (HTTP status ${challenge.status})`)
    this.#hasAsked = true
    this.line.ask(challenge, (refusal) => {
      if (this.#isOver) return
      if (refusal === undefined) this.open()
      else fail(refusal)
    })
  }
}
