/**
 * Text of a given size as tools really return it: lines of 80 characters, some with quotes and backslashes (escaped in JSON).
 *
 * "mixed" has characters outside ASCII in one line of 25. That alone makes V8 decode the slow way and keep two bytes for
 * each character, in the echo server too: a relay that parses looks much worse with it, so the bars are judged on "ascii".
 */
const plain = "The quick brown fox jumps over the lazy dog, and 1234567890 others follow at a walk. "
const quoted = 'He said "yes, twice", then wrote C:\\temp\\notes.txt and { "key": "value" } below. '
const foreign =
  "Prices rose by 3 \u2013 5 \u20ac at the caf\u00e9 na\u00efve; see page 12 of the last report on it all. "

export type Alphabet = "ascii" | "mixed"

const lineCharacters = 79

const lineAt = (index: number, alphabet: Alphabet) => {
  const text = alphabet === "mixed" && index % 25 === 24 ? foreign : index % 5 === 4 ? quoted : plain
  return `${text.padEnd(lineCharacters, ".").slice(0, lineCharacters)}\n`
}

/** `bytes` long as UTF-8. */
export const payloadOf = (bytes: number, alphabet: Alphabet): string => {
  let text = ""
  let size = 0
  for (let index = 0; ; index++) {
    const line = lineAt(index, alphabet)
    const after = size + Buffer.byteLength(line)
    if (after > bytes) return text + "x".repeat(bytes - size)
    text += line
    size = after
  }
}

export const smallPayload = "hello, gateway"
