import { mkdirSync, writeFileSync } from "node:fs"
import * as path from "node:path"
import { parseArgs } from "node:util"
import { gatherEvidence, root } from "./evidence.ts"
import { invariantGroups } from "./registry.ts"
import { printed, problemsOf, rowsOf } from "./table.ts"

const usage = `npm run invariants [-- --help]
Which test, model or check of the simulator names which promise: it reads their titles, and runs none of them.
Ends with 1 when a promise is neither held nor pending, is both, or does not exist.
The same for programs: .out/invariants.json
`

/** Whether only help is wanted; `undefined`: the command line says something else. */
const wantsHelp = (): boolean | undefined => {
  try {
    return parseArgs({ options: { help: { type: "boolean", short: "h", default: false } } }).values.help
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n${usage}`)
    return undefined
  }
}

const main = (): number => {
  const evidence = gatherEvidence()
  const rows = rowsOf(invariantGroups, evidence)
  const problems = problemsOf(rows, evidence)
  const out = path.join(root, ".out")
  mkdirSync(out, { recursive: true })
  writeFileSync(path.join(out, "invariants.json"), `${JSON.stringify({ problems, invariants: rows }, null, 2)}\n`)
  process.stdout.write(printed(rows, problems))
  return problems.length === 0 ? 0 : 1
}

const help = wantsHelp()
if (help === true) process.stdout.write(usage)
process.exitCode = help === undefined ? 64 : help ? 0 : main()
