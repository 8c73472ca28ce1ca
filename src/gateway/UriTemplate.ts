/**
 * Whether a URI may come from a template (RFC 6570): its literal parts occur in order, anchored at both ends, with at
 * least one character for each expression. Linear in the URI, whatever the template: no backtracking, no regex.
 */
export const matchesTemplate = (template: string, uri: string): boolean => {
  const literals = literalParts(template)
  const first = literals[0] ?? ""
  if (literals.length === 1) return uri === first
  const last = literals.at(-1) ?? ""
  if (!uri.startsWith(first) || !uri.endsWith(last)) return false
  const end = uri.length - last.length
  let at = first.length
  for (const literal of literals.slice(1, -1)) {
    const found = literal === "" ? at + 1 : uri.indexOf(literal, at + 1)
    if (found < 0 || found + literal.length > end) return false
    at = found + literal.length
  }
  return at < end
}

/** The text between expressions; `{` without `}` is literal. */
const literalParts = (template: string): ReadonlyArray<string> => {
  const parts: Array<string> = []
  let from = 0
  for (let open = template.indexOf("{"); open >= 0; open = template.indexOf("{", from)) {
    const close = template.indexOf("}", open)
    if (close < 0) break
    parts.push(template.slice(from, open))
    from = close + 1
  }
  parts.push(template.slice(from))
  return parts
}
