import * as Schema from "effect/Schema"

/** What the error messages and the reference table say of a key. */
export interface KeyHelp {
  readonly type: string
  readonly allowed: string
  /** As one would write it in the file, or in words when it is computed. */
  readonly fallback: string
  readonly meaning: string
  readonly choices?: ReadonlyArray<string>
  /** Of a table: the line that begins it. */
  readonly header?: string
}

declare module "effect/Schema" {
  namespace Annotations {
    interface Annotations {
      readonly key?: KeyHelp | undefined
    }
  }
}

/** What is said of a key whatever its type: its default as written in the file, and what it is for. */
export interface About {
  readonly fallback: string | number
  readonly meaning: string
}

interface Range extends About {
  readonly min: number
  readonly max: number
}

const grouped = (value: number): string => value.toString().replaceAll(/\B(?=(\d{3})+$)/g, ",")

const whole = (unit: string, { min, max, fallback, meaning }: Range) => {
  const allowed = `a whole number${unit} from ${grouped(min)} to ${grouped(max)}`
  const key: KeyHelp = { type: "integer", allowed, fallback: `${fallback}`, meaning }
  const inRange = (value: number) => Number.isSafeInteger(value) && value >= min && value <= max
  return Schema.optionalKey(Schema.Number.annotate({ key }).check(Schema.makeFilter(inRange, { key })))
}

/** A whole number of something that the key's name says. */
export const count = (range: Range) => whole("", range)
export const seconds = (range: Range) => whole(" of seconds", range)
export const millis = (range: Range) => whole(" of milliseconds", range)
export const bytes = (range: Range) => whole(" of bytes", range)

export const flag = ({ fallback, meaning }: About) =>
  Schema.optionalKey(
    Schema.Boolean.annotate({ key: { type: "boolean", allowed: "true or false", fallback: `${fallback}`, meaning } })
  )

interface Shape extends About {
  readonly allowed: string
  /** A pattern, or another test. */
  readonly pattern: { readonly test: (text: string) => boolean }
}

const textHelp = ({ allowed, fallback, meaning }: Shape): KeyHelp => {
  return { type: "text", allowed, fallback: `${fallback}`, meaning }
}

const shaped = (shape: Shape) => {
  const key = textHelp(shape)
  return Schema.String.annotate({ key }).check(Schema.makeFilter((text: string) => shape.pattern.test(text), { key }))
}

/** A text that matches a pattern; `allowed` says the pattern in words. */
export const text = (shape: Shape) => Schema.optionalKey(shaped(shape))

/** The same, but the key must be there. */
export const requiredText = (shape: Shape) => shaped(shape).annotateKey({ key: textHelp(shape) })

export const anyText = /^[^\0]+$/
export const environmentName = /^[A-Za-z_][A-Za-z0-9_]*$/

const choiceHelp = (choices: ReadonlyArray<string>, { fallback, meaning }: About): KeyHelp => {
  const quoted = choices.map((each) => `"${each}"`)
  const allowed = `${quoted.slice(0, -1).join(", ")} or ${quoted.at(-1)}`
  return { type: "text", allowed, fallback: `${fallback}`, meaning, choices }
}

export const choice = <const Choices extends ReadonlyArray<string>>(choices: Choices, about: About) =>
  Schema.optionalKey(Schema.Literals(choices).annotate({ key: choiceHelp(choices, about) }))

/** The same, but the key must be there. */
export const requiredChoice = <const Choices extends ReadonlyArray<string>>(choices: Choices, about: About) => {
  const key = choiceHelp(choices, about)
  return Schema.Literals(choices).annotate({ key }).annotateKey({ key })
}

/** A list of texts. An entry that is wrong is reported with its place in the list. */
export const texts = (shape: Shape & { readonly of: string }) => {
  const { fallback, meaning, of } = shape
  const key: KeyHelp = { type: "list of texts", allowed: `a list of ${of}`, fallback: `${fallback}`, meaning }
  return Schema.optionalKey(Schema.Array(shaped(shape)).annotate({ key }))
}

/** A table whose keys the operator chooses. */
export const record = <Value extends Schema.Constraint>(value: Value, help: KeyHelp) =>
  Schema.optionalKey(Schema.Record(Schema.String, value).annotate({ key: help }))

/** A table with fixed keys. */
export const table = <const Fields extends Schema.Struct.Fields>(header: string, fields: Fields) =>
  Schema.Struct(fields).annotate({
    key: { type: "table", allowed: `a table, begun by the line ${header}`, fallback: "", meaning: "", header }
  })

/** What was said of a key, from the schema of its value. */
export const helpOf = (schema: Schema.Constraint): KeyHelp | undefined => Schema.resolveAnnotations(schema)?.key
