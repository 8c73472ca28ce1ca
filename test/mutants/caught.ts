import * as Schema from "effect/Schema"
import { existsSync, readFileSync, writeFileSync } from "node:fs"
import * as path from "node:path"
import type { Caught } from "./catch.ts"
import type { Finding, Try } from "./tries.ts"

/** Where it is written down what catches which mutant, so that a test need not search. */
export const recordFile = path.join(import.meta.dirname, "caught.json")

const Tried = Schema.Union([
  Schema.Struct({ by: Schema.Literal("simulation"), seed: Schema.Int }),
  Schema.Struct({ by: Schema.Literal("model"), model: Schema.String, runs: Schema.Int }),
  Schema.Struct({ by: Schema.Literal("found"), scenario: Schema.String })
])

const decode = Schema.decodeUnknownSync(Schema.fromJsonString(Schema.Record(Schema.String, Schema.Array(Tried))))

/** By the names of the mutants: the try that caught it first, and the one that broke the promise which was meant. */
export type Record = ReadonlyMap<string, ReadonlyArray<Try>>

export const readRecord = (): Record =>
  existsSync(recordFile) ? new Map(Object.entries(decode(readFileSync(recordFile, "utf8")))) : new Map()

/** Writes down what is known now; of mutants that were not looked at, what was known before. */
export const writeRecord = (caught: ReadonlyArray<Caught>, names: ReadonlyArray<string>): void => {
  const found = new Map([...readRecord(), ...caught.map(entryOf)])
  const lines = names.flatMap((name) => {
    const tries = found.get(name) ?? []
    return tries.length === 0 ? [] : [`  ${JSON.stringify(name)}: ${JSON.stringify(tries)}`]
  })
  writeFileSync(recordFile, `{\n${lines.join(",\n")}\n}\n`)
}

const entryOf = ({ findings, mutant }: Caught): [string, ReadonlyArray<Try>] => [
  mutant.name,
  findings.map(({ by }: Finding) => by)
]
