import type { RefusalBody } from "./SiteFault.ts"
import type { SiteExchange } from "./SiteExchange.ts"
import { errorMessage } from "./Message.ts"

/** How a request is refused. */
export interface Refusal {
  readonly status: number
  readonly body: RefusalBody
  /** Of the request, for a JSON-RPC error; `null`: it answers none by name. */
  readonly id?: string | null
  readonly code?: number
  readonly words?: string
}

/** Answers with a status alone, or with one that a page or a JSON-RPC error explains. */
export const refuse = (exchange: SiteExchange, refusal: Refusal): void => {
  const { body, code = -32_000, id = null, status, words = "Internal error" } = refusal
  const text = body === "none" ? "" : body === "text" ? `<h1>${status}</h1>` : errorMessage(id, code, words)
  const type = body === "rpc" ? "application/json" : "text/html"
  exchange.head(status, {
    ...(text === "" ? undefined : { "content-type": type }),
    ...(status === 401 ? { "www-authenticate": "Bearer" } : undefined),
    "content-length": `${text.length}`
  })
  exchange.pour(Buffer.from(text))
  exchange.end(true)
}

/** What servers made with the official SDK say of a request without a session, and of one whose session is gone. */
export const noSession: Refusal = {
  status: 400,
  body: "rpc",
  words: "Bad Request: No valid session ID provided"
}
/** What a server of the stateless era says of a request that does not name its method in its headers. */
export const noMethod: Refusal = { status: 400, body: "rpc", code: -32_020, words: "Header mismatch: Mcp-Method" }
export const goneSession: Refusal = { status: 404, body: "rpc", code: -32_001, words: "Session not found" }
