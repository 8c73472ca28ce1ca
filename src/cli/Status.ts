import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import { systemTable } from "../backend/ProcessTable.ts"
import { load } from "../config/Load.ts"
import { CommandFailure } from "./CommandFailure.ts"
import { exitCodes } from "./ExitCode.ts"
import type { CommandOptions } from "./OwnGateway.ts"
import { configurationFile } from "./Prepare.ts"
import { note, print, printJson } from "./Print.ts"
import { renderBackends } from "./StatusReport.ts"
import { findGateways, type LiveGateway } from "./StatusFiles.ts"
import { count, printable } from "./Words.ts"

/** `sentinel status`: the gateways that run on the state directory, and how each of their backends is. */
export const status = Effect.fnUntraced(function* (options: CommandOptions) {
  const directory = yield* stateDirectory(options.config)
  const { live, stale } = findGateways(directory, systemTable())
  const now = yield* Clock.currentTimeMillis
  for (const { file, reason } of stale) yield* note(`stale, skipped: ${file}: ${reason}`)
  if (options.json) {
    return yield* printJson({
      stateDirectory: directory,
      gateways: live.map(({ at, written }) => ({ ...written, writtenMsAgo: Math.max(0, now - at) })),
      stale
    })
  }
  if (live.length === 0) return yield* print(`no gateway is running (state directory ${directory})`)
  yield* print(live.map((gateway) => renderGateway(gateway, Math.max(0, now - gateway.at))).join("\n\n"))
})

/**
 * That of the configuration. One that can't be used (a secret is not set in this shell) is no reason to say nothing of a
 * gateway that runs; but where nobody can tell what it says, "no gateway is running" would be a guess.
 */
const stateDirectory = (option: string | undefined) =>
  load(configurationFile(option), process.env).pipe(
    Effect.map(({ configuration }) => configuration.stateDirectory),
    Effect.catch(({ message, problems, stateDirectory }) => {
      if (stateDirectory === undefined) {
        return Effect.fail(new CommandFailure({ exitCode: exitCodes.invalidConfiguration, message, problems }))
      }
      const file = problems[0]?.file ?? "the configuration"
      const words = `${file} can't be used (see \`sentinel check\`); looking in its state directory ${stateDirectory}`
      return Effect.as(note(words), stateDirectory)
    })
  )

const renderGateway = ({ report }: LiveGateway, age: number): string => {
  const { instanceId, pid, running, version, withheld } = report
  const heading = `gateway ${instanceId}, version ${printable(version)}, process ${pid}, ${count(running, "call")} running`
  const lines = withheld.map(({ backend, kind, name, reason }) => {
    return `withheld: ${kind} ${printable(name)} of ${printable(backend)}: ${printable(reason)}`
  })
  return [heading, renderBackends(report, age), ...lines].join("\n")
}
