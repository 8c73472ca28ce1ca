/** What may stand at one place of a value that was read. Answers what does not fit: where, what is there, what is allowed. */
export type Rule = (value: unknown, at: string) => string | undefined

/** A rule for each key of an object; the compiler sees to it that none is forgotten. */
export type Rules<A> = { readonly [K in keyof A]-?: Rule }

type AnyRules = Readonly<Record<string, Rule>>

/** Characters of a value that a complaint shows. */
const shownChars = 60

/** `acts[0].client: 99; allowed: 0 to 1`. */
export const unfit = (value: unknown, at: string, allowed: string): string => {
  const text = typeof value === "number" ? String(value) : (JSON.stringify(value) ?? "nothing")
  const shown = text.length > shownChars ? `${text.slice(0, shownChars)}...` : text
  return `${at === "" ? "" : `${at}: `}${shown}; allowed: ${allowed}`
}

/** A number, both bounds included. */
export const number =
  (least: number, most: number): Rule =>
  (value, at) =>
    typeof value === "number" && value >= least && value <= most
      ? undefined
      : unfit(value, at, `a number from ${least} to ${most}`)

/** A whole number, both bounds included. */
export const whole =
  (least: number, most: number): Rule =>
  (value, at) =>
    Number.isInteger(value) && Number(value) >= least && Number(value) <= most
      ? undefined
      : unfit(value, at, `a whole number from ${least} to ${most}`)

export const text: Rule = (value, at) => (typeof value === "string" ? undefined : unfit(value, at, "a text"))

/** Yes or no. */
export const flag: Rule = (value, at) => (typeof value === "boolean" ? undefined : unfit(value, at, "true or false"))

export const oneOf =
  (allowed: ReadonlyArray<string>): Rule =>
  (value, at) =>
    allowed.some((each) => each === value) ? undefined : unfit(value, at, allowed.join(", "))

export const anything: Rule = () => undefined

export const nothing: Rule = (value, at) => (value === undefined ? undefined : unfit(value, at, "to leave it out"))

/** May be left out. */
export const optional =
  (rule: Rule): Rule =>
  (value, at) =>
    value === undefined ? undefined : rule(value, at)

export const listOf =
  (rule: Rule, least = 0): Rule =>
  (value, at) =>
    Array.isArray(value) && value.length >= least
      ? firstOf(value.entries(), ([index, each]) => rule(each, `${at}[${index}]`))
      : unfit(value, at, least === 0 ? "a list" : `a list of at least ${least}`)

/** An object whose keys may be any, with texts. */
export const textsByName: Rule = (value, at) =>
  isObject(value)
    ? firstOf(Object.entries(value), ([key, each]) => text(each, `${at}.${key}`))
    : unfit(value, at, "an object")

/** An object with these keys and no others. */
export const object =
  (rules: AnyRules): Rule =>
  (value, at) =>
    isObject(value) ? keysOf(value, at, rules) : unfit(value, at, "an object")

/** An object of one of several kinds: which of them, its key `tag` says. */
export const kindOf =
  (tag: string, kinds: Readonly<Record<string, AnyRules>>): Rule =>
  (value, at) => {
    if (!isObject(value)) return unfit(value, at, "an object")
    const names = Object.keys(kinds)
    const wrong = oneOf(names)(value[tag], under(at, tag))
    return wrong ?? keysOf(value, at, { ...kinds[String(value[tag])], [tag]: anything })
  }

const keysOf = (value: Readonly<Record<string, unknown>>, at: string, rules: AnyRules): string | undefined => {
  const known = Object.entries(rules)
  const names = known.map(([key]) => key)
  const stray = Object.keys(value).find((key) => !names.includes(key))
  if (stray !== undefined) return `${under(at, stray)}: unknown; allowed: ${names.join(", ")}`
  return firstOf(known, ([key, rule]) => rule(value[key], under(at, key)))
}

const under = (at: string, key: string): string => (at === "" ? key : `${at}.${key}`)

/** The first problem that any of them has. */
export const firstOf = <A>(values: Iterable<A>, problem: (value: A) => string | undefined): string | undefined => {
  for (const value of values) {
    const found = problem(value)
    if (found !== undefined) return found
  }
  return undefined
}

export const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value)
