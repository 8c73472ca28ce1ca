import { assert, describe, it } from "@effect/vitest"
import type * as Schema from "effect/Schema"
import { readFileSync } from "node:fs"
import { resolve } from "node:path"
import { sections } from "../../src/config/ConfigSchema.ts"
import { helpOf } from "../../src/config/Keys.ts"

/** One row for each key, made of what the error messages are made of. */
const tableOf = (fields: Schema.Struct.Fields): string => {
  const rows = Object.entries(fields).map(([key, schema]) => {
    const help = helpOf(schema)
    return [`\`${key}\``, help?.type, code(help?.fallback ?? ""), help?.allowed, help?.meaning]
  })
  return [["Key", "Type", "Default", "Allowed", "Meaning"], ["---", "---", "---", "---", "---"], ...rows]
    .map((row) => `| ${row.join(" | ")} |`)
    .join("\n")
}

const code = (fallback: string) =>
  /^(?:"[^"]*"|[0-9]+|true|false|\[\]|\{\})$/.test(fallback) ? `\`${fallback}\`` : fallback

/** Without the blanks by which the formatter lines up columns. */
const plain = (text: string) => text.replaceAll(/ +/g, " ").replaceAll(/-{3,}/g, "---")

describe("docs/CONFIGURATION.md", () => {
  const text = plain(readFileSync(resolve(import.meta.dirname, "../../docs/CONFIGURATION.md"), "utf8"))

  it.each(Object.entries(sections))(
    "has every key of %s with its type, default, range and meaning",
    (header, section) => {
      const table = plain(tableOf(section.fields))
      assert.isTrue(text.includes(table), `put this under ${header}:\n\n${table}\n`)
    }
  )
})
