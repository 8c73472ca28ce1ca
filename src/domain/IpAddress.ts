import { isIPv4, isIPv6 } from "node:net"

/** An address as the 128 bits of IPv6; IPv4 is in its mapped form, ::ffff:0:0/96 (RFC 4291, 2.5.5.2). */
export type IpAddress = bigint

/** Addresses that agree in their first bits (CIDR, RFC 4632). `bits` counts from the front of the 128. */
export interface IpBlock {
  readonly base: IpAddress
  readonly bits: number
}

const mapped = 0xffffn << 32n
const low32 = 0xffff_ffffn

/** Reads an address as Node or a URL writes it; a zone (`%eth0`) is left out. `undefined`: it is none. */
export const parseAddress = (text: string): IpAddress | undefined => {
  if (isIPv4(text)) return mapped | ipv4(text)
  const [address = ""] = text.split("%")
  return isIPv6(address) ? ipv6(address) : undefined
}

/** Reads an address or a CIDR block. `undefined`: it is none. */
export const parseBlock = (text: string): IpBlock | undefined => {
  const [, address = "", prefix] = /^([^/]+)(?:\/(\d{1,3}))?$/.exec(text) ?? []
  const base = parseAddress(address)
  if (base === undefined) return undefined
  if (prefix === undefined) return { base, bits: 128 }
  const bits = Number(prefix) + (isIPv4(address) ? 96 : 0)
  return bits <= 128 ? { base, bits } : undefined
}

export const holds = ({ base, bits }: IpBlock, address: IpAddress): boolean => {
  const rest = BigInt(128 - bits)
  return base >> rest === address >> rest
}

const ipv4 = (text: string): bigint => text.split(".").reduce((sum, part) => (sum << 8n) | BigInt(part), 0n)

const ipv6 = (text: string): bigint => {
  const dotted = text.lastIndexOf(":") + 1
  const tail = ipv4Tail(text.slice(dotted))
  const [front = "", back] = `${text.slice(0, dotted)}${tail}`.split("::")
  const head = groups(front)
  const end = back === undefined ? [] : groups(back)
  const zeros = Array.from({ length: 8 - head.length - end.length }, () => "0")
  return [...head, ...zeros, ...end].reduce((sum, group) => (sum << 16n) | BigInt(`0x${group}`), 0n)
}

const groups = (text: string): ReadonlyArray<string> => (text === "" ? [] : text.split(":"))

/** `::ffff:1.2.3.4` ends in two groups that are written as IPv4. */
const ipv4Tail = (text: string): string => {
  if (!text.includes(".")) return text
  const value = ipv4(text)
  return `${(value >> 16n).toString(16)}:${(value & 0xffffn).toString(16)}`
}

const named = (name: string, ...blocks: ReadonlyArray<string>) =>
  blocks.flatMap((block) => {
    const parsed = parseBlock(block)
    return parsed === undefined ? [] : [{ name, block: parsed }]
  })

/** The address that a translator would make of one of its prefix (NAT64, RFC 6052): its last 32 bits, as IPv4. */
const translated: IpBlock = { base: 0x0064_ff9bn << 96n, bits: 96 }

/** What is not a public address of the Internet (IANA's special-purpose registries, RFC 6890). First match names it. */
const special = [
  ...named("loopback", "127.0.0.0/8", "::1"),
  ...named("private", "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16"),
  ...named("link-local", "169.254.0.0/16", "fe80::/10"),
  ...named("shared (carrier-grade NAT)", "100.64.0.0/10"),
  ...named("unspecified", "0.0.0.0/8", "::"),
  ...named("broadcast", "255.255.255.255"),
  ...named("multicast", "224.0.0.0/4", "ff00::/8"),
  ...named("unique-local", "fc00::/7"),
  ...named("6to4", "192.88.99.0/24", "2002::/16"),
  ...named("Teredo", "2001::/32"),
  ...named("local NAT64", "64:ff9b:1::/48"),
  ...named("reserved", "192.0.0.0/24", "198.18.0.0/15", "240.0.0.0/4", "2001::/23"),
  ...named("documentation", "192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24", "2001:db8::/32", "3fff::/20")
]

const everyIpv4: IpBlock = { base: mapped, bits: 96 }
/** All global unicast IPv6 addresses that IANA has given out so far. */
const globalUnicast: IpBlock = { base: 0x2000n << 112n, bits: 3 }

/**
 * Why an address is no public one, in a word ("private"); `undefined` for a public one. Forms of IPv6 that hold an
 * IPv4 address are judged by it (mapped, NAT64) or are never public (compatible, 6to4, Teredo, local NAT64).
 */
export const specialUse = (address: IpAddress): string | undefined => {
  const real = holds(translated, address) ? mapped | (address & low32) : address
  const found = special.find(({ block }) => holds(block, real))
  if (found !== undefined) return found.name
  return holds(everyIpv4, real) || holds(globalUnicast, real) ? undefined : "reserved"
}
