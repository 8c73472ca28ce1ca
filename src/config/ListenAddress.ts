import { isIP } from "node:net"

/** Where to listen. */
export interface ListenAddress {
  /** An IP address without brackets, or `localhost`. */
  readonly host: string
  readonly port: number
}

/** Reads `127.0.0.1:9200`, `[::1]:9200` or `localhost:9200`; undefined for anything else. */
export const listenAddress = (text: string): ListenAddress | undefined => {
  const [, bracketed, plain = "", digits = ""] = /^(?:\[([^\]]+)\]|([^:[\]]+)):(\d{1,5})$/.exec(text) ?? []
  const port = Number(digits)
  if (digits === "" || port > 65_535) return undefined
  if (bracketed !== undefined) return isIP(bracketed) === 6 ? { host: bracketed, port } : undefined
  const host = plain.toLowerCase()
  return host === "localhost" || isIP(host) === 4 ? { host, port } : undefined
}
