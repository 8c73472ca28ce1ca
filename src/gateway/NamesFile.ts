import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import { randomUUID } from "node:crypto"
import { mkdirSync } from "node:fs"
import * as path from "node:path"
import { readRegularFile } from "../backend/RegularFile.ts"
import { replaceFile } from "../backend/ReplaceFile.ts"

/** The largest `names.json` that is read or written, bytes: some hundred thousand names. */
export const namesFileBytes = 32 * 1024 * 1024

/** Public names with the backend that owns each. */
export type OwnedNames = Readonly<Record<string, string>>

const decode = Schema.decodeUnknownOption(Schema.fromJsonString(Schema.Record(Schema.String, Schema.String)))

/** The owners on record; none if there is no file, undefined if there is one that can't be understood. */
const recorded = (file: string): OwnedNames | undefined => {
  const read = readRegularFile(file, namesFileBytes)
  if (read._tag === "Gone") return {}
  return Option.getOrUndefined(decode(read._tag === "Text" ? read.text : ""))
}

/** The owners on record; none if the file is missing or makes no sense. */
export const readNames = (file: string): ReadonlyMap<string, string> => new Map(Object.entries(recorded(file) ?? {}))

/**
 * Adds names to the record. What stands there stays, also names of backends that this gateway does not have: another
 * gateway may share the file, and a name never changes its owner by itself (INV-6). In one turn, so that writes of this
 * process can't overtake each other, and those of others hardly come between the reading and the writing.
 *
 * Throws what the file system throws; when the record has grown too large; and when there is one that makes no sense,
 * which a slip of somebody's hand should not turn into a loss of all names.
 */
export const addNames = (file: string, names: OwnedNames): void => {
  const known = recorded(file)
  if (known === undefined) throw new Error("what is there is not a table of names; correct or remove it")
  const text = JSON.stringify({ ...names, ...known })
  if (Buffer.byteLength(text) > namesFileBytes) throw new Error(`more than ${namesFileBytes} bytes of names`)
  mkdirSync(path.dirname(file), { recursive: true, mode: 0o700 })
  replaceFile(file, text, `${file}.${randomUUID()}.tmp`)
}
