/**
 * Finds the top-level id of a newline-JSON frame by looking at its two ends only, for the shapes that MCP
 * implementations really write: `{"jsonrpc":"2.0","id":7,...` and `{"result":...,"jsonrpc":"2.0","id":7}`.
 * Any other shape answers undefined: the caller parses that frame in full.
 *
 * Safe on valid JSON: a quote inside a string is written `\"`, so neither end can lie within a string.
 */
const head = '{"jsonrpc":"2.0","id":'
const tail = ',"id":'

const isDigit = (code) => code >= 48 && code <= 57

export const locateId = (frame) => (frame.startsWith(head) ? atHead(frame) : atTail(frame))

const atHead = (frame) => {
  const start = head.length
  let end = start
  while (isDigit(frame.charCodeAt(end))) end++
  if (end === start) return undefined
  if (frame.startsWith(',"method":', end)) return { start, end, request: true }
  if (frame.startsWith(',"result":', end) || frame.startsWith(',"error":', end)) return { start, end, request: false }
  return undefined
}

const atTail = (frame) => {
  const end = frame.length - 1
  if (frame.charCodeAt(end) !== 125) return undefined
  let start = end
  while (isDigit(frame.charCodeAt(start - 1))) start--
  if (start === end || !frame.endsWith(tail, start)) return undefined
  if (frame.startsWith('{"method":')) return { start, end, request: true }
  if (frame.startsWith('{"result":') || frame.startsWith('{"error":')) return { start, end, request: false }
  return undefined
}
