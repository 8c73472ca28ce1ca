/** The headers of a response, lower case. */
export type ResponseHeaders = Readonly<Record<string, string | Array<string> | undefined>>

/** One HTTP request. Times in milliseconds; `headersMillis` 0: its owner has a deadline of its own. */
export interface WireRequest {
  readonly method: "POST" | "GET" | "DELETE"
  /** Below the origin, with the query. */
  readonly path: string
  /** Name and value in turn. */
  readonly headers: Array<string>
  readonly body: string | null
  readonly headersMillis: number
}

/** The hold on a request that is on a connection. */
export interface WireController {
  /** Ends the request with its connection, and tells the handler by `onResponseError`. */
  readonly abort: (reason: Error) => void
}

/**
 * Who hears of one request: of its start, as often as of heads (1xx come before the response), of each piece of the
 * body, and of exactly one end. An error before `onRequestStart`: the request has not been sent. The shape is undici's,
 * so that nothing stands between its sockets and who reads them.
 */
export interface WireHandler {
  /** The request goes to a connection now. */
  readonly onRequestStart: (controller: WireController) => void
  readonly onResponseStart: (controller: WireController, status: number, headers: ResponseHeaders) => void
  readonly onResponseData: (controller: WireController, chunk: Buffer) => void
  readonly onResponseEnd: (controller: WireController) => void
  readonly onResponseError: (controller: WireController | null, error: Error) => void
}

/** The connections to one origin. The live one has sockets; the simulator brings its own. */
export interface Wire {
  /** Sends a request as soon as a connection is free. The handler is told of everything else, failures included. */
  readonly send: (request: WireRequest, handler: WireHandler) => void
  /** Closes all connections at once. */
  readonly destroy: (done: () => void) => void
}
