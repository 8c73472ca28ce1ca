import { httpSections, type Rule, type Section } from "./Document.ts"
import { isTable, quote } from "./Found.ts"
import type { Complaint } from "./Problem.ts"

/** The most headers that one backend may be given. */
export const headersMax = 32

/** Headers of one connection (RFC 9110, 7.6.1), of the message itself, and of MCP: the gateway alone sets them. */
const reserved =
  /^(?:connection|keep-alive|proxy-.*|te|trailer|transfer-encoding|upgrade|expect|host|content-.*|accept|accept-encoding|accept-charset|mcp-.*|last-event-id)$/

/** The names in `headers_env`: those of headers, each once, and none that the gateway sets by itself. */
export const headerNames: Rule = (document) =>
  httpSections(document).flatMap((section) => {
    const headers = section.keys["headers_env"]
    if (!isTable(headers)) return []
    const names = Object.keys(headers)
    const path = [...section.path, "headers_env"]
    const each = names.flatMap((name, place): ReadonlyArray<Complaint> => {
      const complaint = complaintOf(name, names.slice(0, place), section)
      return complaint === undefined ? [] : [{ ...complaint, path: [...path, name] }]
    })
    return names.length <= headersMax ? each : [...each, { ...tooMany(names.length), path }]
  })

type Finding = Omit<Complaint, "path">

const complaintOf = (name: string, before: ReadonlyArray<string>, section: Section): Finding | undefined => {
  const lower = name.toLowerCase()
  if (!/^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,64}$/.test(name)) {
    return {
      found: `${quote(name)}, which is not the name of a header`,
      allowed: "1 to 64 letters, digits and -",
      advice: 'correct the name, as in { "X-Api-Key" = "VARIABLE" }'
    }
  }
  if (reserved.test(lower)) {
    return {
      found: `the header ${quote(name)}, which the gateway sets by itself`,
      allowed: "headers that neither HTTP nor MCP needs",
      advice: "remove it"
    }
  }
  const same = before.find((other) => other.toLowerCase() === lower)
  if (same !== undefined) {
    return {
      found: `the header ${quote(name)}, which is ${quote(same)} again: case does not count`,
      allowed: "each header once",
      advice: "remove one of the two"
    }
  }
  const rival = ["bearer_env", "oauth"].find((key) => section.keys[key] !== undefined)
  if (lower !== "authorization" || rival === undefined) return undefined
  return {
    found: `the header ${quote(name)}, besides ${rival}, which sets it too`,
    allowed: "one source for Authorization",
    advice: `remove the header, or ${rival}`
  }
}

const tooMany = (count: number): Finding => ({
  found: `${count} headers`,
  allowed: `at most ${headersMax} headers`,
  advice: "remove some of them"
})
