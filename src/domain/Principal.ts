/**
 * Who calls. On stdio it is the local user: the process that started the gateway is trusted as that user. Tokens (JWT)
 * give other principals on HTTP.
 */
export interface Principal {
  readonly id: string
}

/** The one principal of a stdio gateway. */
export const localPrincipal: Principal = { id: "local" }
