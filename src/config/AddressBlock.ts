import { isIP } from "node:net"

const bitsOf: Readonly<Record<number, number>> = { 4: 32, 6: 128 }

/**
 * Whether a text is an IP address or a CIDR block of them (RFC 4632; RFC 4291, 2.3). Zones, and IPv4 addresses in the
 * form of IPv6, are none: what is compared with are plain addresses.
 */
export const isAddressBlock = (text: string): boolean => {
  const [address = "", prefix, ...rest] = text.split("/")
  const bits = bitsOf[isIP(address)]
  if (bits === undefined || rest.length > 0 || /%|^::ffff:/i.test(address)) return false
  return prefix === undefined || (/^(?:0|[1-9]\d{0,2})$/.test(prefix) && Number(prefix) <= bits)
}
