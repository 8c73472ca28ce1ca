import type { HttpSettings } from "./HttpSettings.ts"

/** Names of this machine to itself; whoever may reach it on such a name is on it. */
const loopbackNames = ["localhost", "127.0.0.1", "[::1]"] as const

/** Values of `Host` that were found good are remembered, so many at most; the others are read anew each time. */
export const knownHosts = 64

/** A name or an IPv4 address, or an IPv6 address in brackets; then perhaps a port. */
const hostForm = /^([a-z0-9._-]{1,253}|\[[0-9a-f:.]{2,45}\])(?::([0-9]{1,5}))?$/

/** Whose web page sends a request: nobody's or the gateway's own, one that the operator has named, or a stranger's. */
export type OriginVerdict = "own" | "named" | "foreign"

/**
 * Under which names the gateway may be reached, and from whose web pages (MCP, Streamable HTTP, "Security"). A page can
 * give its own name the address of this machine; the browser then sends that name as `Host`, and the page as `Origin`.
 */
export class HostCheck {
  /** Good with any port. */
  readonly #names: ReadonlySet<string>
  /** Good with this port only. */
  readonly #withPort: ReadonlySet<string>
  readonly #origins: ReadonlySet<string>
  readonly #known = new Set<string>()

  constructor({ allowedHosts, allowedOrigins, host }: Pick<HttpSettings, "host" | "allowedHosts" | "allowedOrigins">) {
    const read = allowedHosts.map((allowed) => readHost(allowed)).filter((parts) => parts !== undefined)
    const listening = readHost(host.includes(":") && !host.startsWith("[") ? `[${host}]` : host)
    this.#names = new Set([
      ...loopbackNames,
      ...(listening === undefined || isWildcard(listening.name) ? [] : [listening.name]),
      ...read.filter(({ port }) => port === undefined).map(({ name }) => name)
    ])
    this.#withPort = new Set(read.filter(({ port }) => port !== undefined).map(({ name, port }) => `${name}:${port}`))
    this.#origins = new Set(allowedOrigins.map((origin) => origin.toLowerCase()))
  }

  /** Whether the value of a `Host` header names this gateway. */
  serves(host: string): boolean {
    if (this.#known.has(host)) return true
    const parts = readHost(host)
    if (parts === undefined) return false
    const { name, port } = parts
    const good = this.#names.has(name) || (port !== undefined && this.#withPort.has(`${name}:${port}`))
    if (good && this.#known.size < knownHosts) this.#known.add(host)
    return good
  }

  /** `host` is the `Host` of the same request, which `serves` has found good. */
  origin(origin: string | undefined, host: string): OriginVerdict {
    if (origin === undefined) return "own"
    const text = origin.toLowerCase()
    const own = host.toLowerCase()
    if (text === `http://${own}` || text === `https://${own}`) return "own"
    return this.#origins.has(text) ? "named" : "foreign"
  }
}

/** Whether an address to listen on can be reached from this machine only. */
export const isLoopback = (host: string): boolean => {
  const name = readHost(host.includes(":") && !host.startsWith("[") ? `[${host}]` : host)?.name
  return name !== undefined && (name === "localhost" || name === "[::1]" || /^127\.\d+\.\d+\.\d+$/.test(name))
}

interface HostParts {
  /** In lower case; an IPv6 address in its shortest form. */
  readonly name: string
  readonly port: string | undefined
}

const readHost = (host: string): HostParts | undefined => {
  const [, name, port] = hostForm.exec(host.toLowerCase()) ?? []
  if (name === undefined || (port !== undefined && Number(port) > 65_535)) return undefined
  if (!name.startsWith("[")) return { name, port }
  return URL.canParse(`http://${name}`) ? { name: new URL(`http://${name}`).hostname, port } : undefined
}

/** Addresses that stand for every address of the machine are nobody's name. */
const isWildcard = (name: string): boolean => name === "0.0.0.0" || name === "[::]"
