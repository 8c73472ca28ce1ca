/** Longest quotation of a backend's own words in a reason: reasons reach the log, the status and a client's model. */
export const quotedLength = 300

/** Controls, and formats that turn the direction of text or can't be seen. */
const unseen = /[\p{Cc}\p{Cf}]/gu

/** A backend's own words as part of ours: short, on one line, with nothing in it that can't be seen. */
export const quoted = (words: string): string => {
  const short = words.slice(0, quotedLength).replaceAll(unseen, " ")
  return words.length > quotedLength ? `${short}...` : short
}
