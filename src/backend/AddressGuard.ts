import type { LookupAddress } from "node:dns"
import { lookup as systemLookup } from "node:dns"
import type { LookupFunction } from "node:net"
import { holds, parseAddress, parseBlock, specialUse } from "../domain/IpAddress.ts"
import type { IpBlock } from "../domain/IpAddress.ts"

/** Resolves a name to all its addresses, in the order in which they are to be tried. */
export type ResolveAll = (
  host: string,
  done: (error: NodeJS.ErrnoException | null, addresses: ReadonlyArray<LookupAddress>) => void
) => void

/** The name service of the system (hosts file, DNS), as every other program asks it. */
export const systemResolve: ResolveAll = (host, done) =>
  systemLookup(host, { all: true }, (error, addresses) => done(error, addresses))

/** Nobody may be led to this address. Made for undici, which takes errors of JavaScript only. */
export class AddressRefused extends Error {
  override readonly name = "AddressRefused"
}

/**
 * Keeps a backend's URL from reaching what is not on the public Internet: metadata services, the operator's own
 * network, this machine (server-side request forgery). What counts is the address that is connected to, not the name,
 * so every address of an answer is checked, and only those that were checked are connected to.
 *
 * A host that is itself written as this machine (`localhost`, `127.x.y.z`, `[::1]`) may be on it. Everything else that
 * is not public must be in the backend's `allow_addresses`.
 */
export class AddressGuard {
  readonly #backend: string
  readonly #host: string
  readonly #allowed: ReadonlyArray<IpBlock>
  readonly #mayLoop: boolean

  /** `url` has been through the URL parser, which brings odd ways to write IPv4 (0x7f000001) to its form. */
  constructor(backend: string, url: URL, allowedAddresses: ReadonlyArray<string>) {
    this.#backend = backend
    this.#host = url.hostname.replace(/^\[(.*)\]$/, "$1")
    this.#allowed = allowedAddresses.flatMap((text) => parseBlock(text) ?? [])
    const literal = parseAddress(this.#host)
    this.#mayLoop = this.#host === "localhost" || (literal !== undefined && specialUse(literal) === "loopback")
  }

  /** Why the address that the URL names may not be reached; `undefined`: it may, or the URL has a name. */
  literalProblem(): string | undefined {
    return parseAddress(this.#host) === undefined ? undefined : this.problem(this.#host)
  }

  /** Why nobody may connect to this address. */
  problem(text: string): string | undefined {
    const address = parseAddress(text)
    const use = address === undefined ? "unreadable" : specialUse(address)
    if (use === undefined || (use === "loopback" && this.#mayLoop)) return undefined
    if (address !== undefined && this.#allowed.some((block) => holds(block, address))) return undefined
    const subject = this.#host === text ? `its URL names the ${use} address ${text}` : `its host is at ${text} (${use})`
    return `${subject}, which is not public; if that is meant, add "${text}" to allow_addresses of the [[backends]] section "${this.#backend}"`
  }

  /** A lookup for `net.connect` and `tls.connect`, which connect to what it answers and to nothing else. */
  lookup(resolve: ResolveAll): LookupFunction {
    return (host, options, done) =>
      resolve(host, (error, addresses) => {
        if (error !== null) return done(error, "", 0)
        const problem = addresses.map(({ address }) => this.problem(address)).find((found) => found !== undefined)
        if (problem !== undefined) return done(new AddressRefused(problem), "", 0)
        const wanted = addresses.filter(({ family }) => family === options.family || !isFamily(options.family))
        const [first] = wanted
        if (first === undefined) return done(Object.assign(new Error("no address"), { code: "ENOTFOUND" }), "", 0)
        if (options.all === true) done(null, [...wanted])
        else done(null, first.address, first.family)
      })
  }
}

const isFamily = (family: unknown): boolean => family === 4 || family === 6
