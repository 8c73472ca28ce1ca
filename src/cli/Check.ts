import * as Effect from "effect/Effect"
import type { Configuration, Decoded } from "../config/Configuration.ts"
import { embeddedName } from "../config/Defaults.ts"
import { load } from "../config/Load.ts"
import { renderAll, type Problem } from "../config/Problem.ts"
import { unsupported } from "../config/Unsupported.ts"
import { openStateFiles } from "../gateway/StateFiles.ts"
import { endedWith } from "./CommandFailure.ts"
import { exitCodes } from "./ExitCode.ts"
import { launchProblems } from "./LaunchProblems.ts"
import { nameProblems } from "./NameProblems.ts"
import type { CommandOptions } from "./OwnGateway.ts"
import { configurationFile } from "./Prepare.ts"
import { print, printJson } from "./Print.ts"
import { count } from "./Words.ts"

/**
 * `sentinel check [FILE]`: everything that is wrong with a configuration, at once and without starting anything. Tool
 * names are checked as far as they are known from earlier runs.
 */
export const check = Effect.fnUntraced(function* (options: CommandOptions, file: string | undefined) {
  const path = configurationFile(file ?? options.config)
  const { configuration, problems } = yield* load(path, process.env).pipe(
    Effect.match({
      onFailure: ({ problems }): Checked => ({ configuration: undefined, problems }),
      onSuccess: (decoded) => inspect(decoded)
    })
  )
  const valid = !problems.some(({ severity }) => severity === "error")
  const name = path ?? embeddedName
  yield* options.json
    ? printJson({ file: name, valid, backends: configuration?.backends.map((spec) => spec.name), problems })
    : print([...(problems.length > 0 ? [renderAll(problems)] : []), verdict(name, valid, configuration)].join("\n\n"))
  if (!valid) return yield* endedWith(exitCodes.invalidConfiguration)
})

interface Checked {
  readonly configuration: Configuration | undefined
  readonly problems: ReadonlyArray<Problem>
}

const inspect = ({ configuration, warnings }: Decoded): Checked => {
  const { catalogOf } = openStateFiles(configuration.stateDirectory)
  const problems = [
    ...warnings,
    ...unsupported(configuration),
    ...launchProblems(configuration, process.env["PATH"]),
    ...nameProblems(configuration, catalogOf)
  ]
  return { configuration, problems: problems.sort((a, b) => (a.line ?? 0) - (b.line ?? 0)) }
}

const verdict = (name: string, valid: boolean, configuration: Configuration | undefined): string => {
  if (!valid || configuration === undefined) return `${name} can't be used`
  const { catalogOf } = openStateFiles(configuration.stateDirectory)
  const unknown = configuration.backends.filter((spec) => catalogOf(spec) === undefined)
  const lines = [`${name} is valid: ${count(configuration.backends.length, "backend")}`]
  if (unknown.length > 0) {
    const names = unknown.map((spec) => spec.name).join(", ")
    lines.push(`tool names not known yet, and so not checked: ${names} (run \`sentinel tools\` once)`)
  }
  return lines.join("\n")
}
