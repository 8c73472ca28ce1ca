/** A time span in the one unit that matters: `350 ms`, `2 s`, `5 min`, `3 h`. */
export const span = (millis: number): string => {
  const seconds = millis / 1_000
  if (seconds < 1) return `${Math.round(millis)} ms`
  if (seconds < 120) return `${Math.round(seconds)} s`
  const minutes = seconds / 60
  return minutes < 120 ? `${Math.round(minutes)} min` : `${Math.round(minutes / 60)} h`
}

export const ago = (millis: number | undefined): string =>
  millis === undefined ? "never" : millis < 1_000 ? "just now" : `${span(millis)} ago`

export const count = (number: number, noun: string): string => `${number} ${noun}${number === 1 ? "" : "s"}`

/**
 * A backend's own words as a terminal may show them: control and format characters, which could rewrite what is on the
 * screen, become visible; line ends and tabs stay.
 */
export const printable = (text: string): string =>
  text.replaceAll(/[^\P{C}\n\t\u200d]/gu, (character) => `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`)

/** The first line that says something, cut to `length` characters. */
export const firstLine = (text: string, length: number): string => {
  const line = printable(text.trim().split(/\r?\n/, 1)[0] ?? "").replaceAll("\t", " ")
  return line.length > length ? `${line.slice(0, length - 3)}...` : line
}

/** A word as a shell takes it. */
export const shellWord = (word: string): string =>
  /^[A-Za-z0-9_@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`
