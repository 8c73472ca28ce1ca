/** `example.org`, `192.0.2.1` or `[2001:db8::1]`, and a port if need be. */
const authority = String.raw`(?:\[[0-9a-f:.]+\]|[a-z0-9_-]+(?:\.[a-z0-9_-]+)*\.?)(?::\d{1,5})?`

const host = new RegExp(`^${authority}$`, "i")
const origin = new RegExp(`^[a-z][a-z0-9+.-]*://${authority}$`, "i")

const hasPort = (text: string): boolean => Number(/:(\d{1,5})$/.exec(text)?.[1] ?? 0) <= 65_535

/** Whether a text can be the `Host` of a request (RFC 9110, 7.2). */
export const isHostValue = (text: string): boolean => host.test(text) && hasPort(text)

/** Whether a text can be the `Origin` of a request (RFC 6454, 7.1). `null`, which any page can send, is none. */
export const isOriginValue = (text: string): boolean => origin.test(text) && hasPort(text)

/** An origin as browsers write it: in small letters and without the port that its scheme has anyway. */
export const plainOrigin = (text: string): string => {
  const lower = text.toLowerCase()
  return /^https?:/.test(lower) ? (URL.parse(lower)?.origin ?? lower) : lower
}
