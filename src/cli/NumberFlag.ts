import * as Flag from "effect/cli/Flag"
import * as Option from "effect/Option"

/** From the least to the most that is allowed, both included; a `most` of `Infinity`: there is none. */
export interface Range {
  readonly least: number
  readonly most: number
}

/** An option that takes a whole number. Whatever else it is given is shown, with what is allowed. */
export const wholeNumber = (name: string, range: Range) =>
  numberFlag(name, range, "a whole number", (value) => Number.isInteger(value))

/** An option that takes any number, in the same way. */
export const anyNumber = (name: string, range: Range) =>
  numberFlag(name, range, "a number", (value) => Number.isFinite(value))

/** Read from the text: the parser's own numbers are refused in a programmer's words. */
const numberFlag = (name: string, { least, most }: Range, what: string, isOne: (value: number) => boolean) =>
  Flag.String(name).pipe(
    Flag.filterMap(
      (text) => {
        const value = text.trim() === "" ? Number.NaN : Number(text)
        return isOne(value) && value >= least && value <= most ? Option.some(value) : Option.none()
      },
      () => `${what} from ${least}${most === Infinity ? " on" : ` to ${most}`}`
    )
  )
