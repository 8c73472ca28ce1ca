import * as fc from "fast-check"
import { type KeyPath, renderPath } from "../../src/config/KeyPath.ts"

/** A TOML document and where each of its keys was written, known from writing it. */
export interface WrittenDocument {
  readonly text: string
  readonly places: ReadonlyMap<string, { readonly line: number; readonly column: number }>
}

interface Key {
  readonly name: string
  readonly text: string
}

type Value =
  | { readonly kind: "scalar"; readonly text: string }
  | { readonly kind: "list"; readonly gap: string; readonly entries: ReadonlyArray<Value> }
  | { readonly kind: "inline"; readonly entries: ReadonlyArray<readonly [Key, Value]> }

type Entry =
  | { readonly kind: "pair"; readonly value: Value }
  | { readonly kind: "dotted"; readonly entries: ReadonlyArray<readonly [Key, Value]> }
  | { readonly kind: "table"; readonly entries: ReadonlyArray<readonly [Key, Entry]> }
  | { readonly kind: "tables"; readonly tables: ReadonlyArray<ReadonlyArray<readonly [Key, Entry]>> }

const key: fc.Arbitrary<Key> = fc.oneof(
  fc.constantFrom("a", "b-c", "D_1", "12").map((name) => ({ name, text: name })),
  fc
    .constantFrom("", "a.b", "x = 1", "[t]", "# no", "ä\u{1F600}", 'say "hi"', "tab\t\\")
    .map((name) => ({ name, text: JSON.stringify(name) })),
  fc.constantFrom("lit.eral", 'C:\\"x"').map((name) => ({ name, text: `'${name}'` })),
  fc.constant({ name: "\u00e9", text: String.raw`"\u00E9"` })
)

/** Values whose text would mislead a reader that does not know strings: brackets, comments, quotes and keys in them. */
const scalarTexts = [
  "1",
  "-0.5e3",
  "true",
  "inf",
  "0xff",
  "1979-05-27 07:32:00Z",
  "07:32:00",
  '""',
  "''",
  '"a # b ] } = "',
  String.raw`"q \" ] \\"`,
  String.raw`'C:\'`,
  '"""\n[t]\nx = 1\n"a" # no ]\n"""',
  "'''\n}\n[[x]]\n'''",
  '""""four"""""',
  "''''a'''''",
  '"""\\\n  y"""',
  String.raw`"""\""""""`,
  '""""""',
  "''''''"
]

const scalar: fc.Arbitrary<Value> = fc.constantFrom(...scalarTexts).map((text) => ({ kind: "scalar", text }))

const entriesOf = <A>(value: fc.Arbitrary<A>): fc.Arbitrary<ReadonlyArray<readonly [Key, A]>> =>
  fc.uniqueArray(fc.tuple(key, value), { maxLength: 4, selector: ([{ name }]) => name })

const { value } = fc.letrec<{ value: Value }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 3, withCrossShrink: true },
    scalar,
    fc.record({
      kind: fc.constant("list" as const),
      gap: fc.constantFrom("", " ", "\n", " # ] comment\n\n  "),
      entries: fc.array(tie("value"), { maxLength: 3 })
    }),
    fc.record({ kind: fc.constant("inline" as const), entries: entriesOf(tie("value")) })
  )
}))

const { entry } = fc.letrec<{ entry: Entry }>((tie) => ({
  entry: fc.oneof(
    { maxDepth: 3, withCrossShrink: true },
    value.map((value) => ({ kind: "pair" as const, value })),
    fc.record({
      kind: fc.constant("dotted" as const),
      entries: entriesOf(value).filter((entries) => entries.length > 0)
    }),
    fc.record({ kind: fc.constant("table" as const), entries: entriesOf(tie("entry")) }),
    fc.record({
      kind: fc.constant("tables" as const),
      tables: fc.array(entriesOf(tie("entry")), { minLength: 1, maxLength: 3 })
    })
  )
}))

class Writer {
  text = ""
  readonly places = new Map<string, { line: number; column: number }>()

  mark(path: KeyPath) {
    const id = renderPath(path)
    if (this.places.has(id)) return
    const before = this.text.split("\n")
    this.places.set(id, { line: before.length, column: (before.at(-1) ?? "").length + 1 })
  }

  value(value: Value, path: KeyPath) {
    if (value.kind === "scalar") {
      this.text += value.text
    } else if (value.kind === "list") {
      this.text += `[${value.gap}`
      value.entries.forEach((each, index) => {
        this.mark([...path, index])
        this.value(each, [...path, index])
        this.text += `${value.gap},${value.gap}`
      })
      this.text += "]"
    } else {
      this.text += "{ "
      value.entries.forEach(([key, each], index) => {
        if (index > 0) this.text += ", "
        this.mark([...path, key.name])
        this.text += `${key.text} = `
        this.value(each, [...path, key.name])
      })
      this.text += " }"
    }
  }

  header(parts: ReadonlyArray<Key | number>, isList: boolean) {
    this.text += isList ? "[[" : "[ "
    const path: Array<string | number> = []
    for (const [index, part] of parts.entries()) {
      path.push(typeof part === "number" ? part : part.name)
      // A place in a list is not written, it is marked where the list's name is.
      if (typeof part === "number") continue
      if (path.length > 1 && index > 0) this.text += "."
      this.mark(path)
      const next = parts[index + 1]
      if (typeof next === "number") this.mark([...path, next])
      this.text += part.text
    }
    this.text += isList ? "]] # [x]\n" : " ]\n"
  }

  table(entries: ReadonlyArray<readonly [Key, Entry]>, parts: ReadonlyArray<Key | number>) {
    const path = parts.map((part) => (typeof part === "number" ? part : part.name))
    for (const [key, entry] of entries) {
      const own = [...path, key.name]
      if (entry.kind === "pair") {
        this.mark(own)
        this.text += `${key.text} = `
        this.value(entry.value, own)
        this.text += " # = [\n\n"
      } else if (entry.kind === "dotted") {
        for (const [inner, value] of entry.entries) {
          this.mark(own)
          this.text += `${key.text} . `
          this.mark([...own, inner.name])
          this.text += `${inner.text}= `
          this.value(value, [...own, inner.name])
          this.text += "\n"
        }
      }
    }
    for (const [key, entry] of entries) {
      if (entry.kind === "table") {
        // A table that only holds tables may go without a header of its own.
        const holdsTables = entry.entries.length > 0 && entry.entries.every(([, { kind }]) => kind.startsWith("table"))
        if (!holdsTables) this.header([...parts, key], false)
        this.table(entry.entries, [...parts, key])
      } else if (entry.kind === "tables") {
        entry.tables.forEach((each, index) => {
          this.header([...parts, key, index], true)
          this.table(each, [...parts, key, index])
        })
      }
    }
  }
}

/** Documents that use every way TOML has of writing keys, with texts in them that look like keys. */
export const document: fc.Arbitrary<WrittenDocument> = fc
  .tuple(entriesOf(entry), fc.constantFrom("\n", "\r\n"))
  .map(([entries, newline]) => {
    const writer = new Writer()
    writer.table(entries, [])
    return { text: writer.text.replaceAll("\n", newline), places: writer.places }
  })
