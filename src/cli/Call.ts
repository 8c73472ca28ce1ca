import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { nearest } from "../config/Nearest.ts"
import { isJsonObject, type JsonObject } from "../domain/Json.ts"
import { ownSource } from "../domain/Outcome.ts"
import type { BackendUnit } from "../gateway/BackendUnit.ts"
import { Gateway } from "../gateway/Gateway.ts"
import { readCallArguments } from "./CallArguments.ts"
import { CommandFailure, endedWith } from "./CommandFailure.ts"
import { exitCodes } from "./ExitCode.ts"
import { connectLocal, type Answer } from "./LocalClient.ts"
import { withOwnGateway, type CommandOptions } from "./OwnGateway.ts"
import { note, print } from "./Print.ts"
import { absentOf, renderAbsent, standingOf } from "./Standing.ts"
import { awaitStarted } from "./Starting.ts"
import { quietMillis } from "./Tools.ts"
import { renderToolResult } from "./ToolResult.ts"
import { printable, span } from "./Words.ts"

/** Beyond the backend's own timeout, which the gateway keeps: the last word if even that fails. */
export const graceMillis = 5_000

export interface CallInput {
  readonly name: string
  /** As given: JSON, `-`, or nothing. */
  readonly json: string | undefined
}

/** `sentinel call NAME [JSON]`: one real call, the same way as a client's. */
export const call = Effect.fnUntraced(function* (options: CommandOptions, input: CallInput) {
  const parameters = yield* readCallArguments(input.name, input.json)
  yield* withOwnGateway(options, () =>
    Effect.gen(function* () {
      const unit = yield* ownerOf(input.name)
      const answer = yield* callTool(unit, input.name, parameters)
      yield* options.json ? print(answer.kind === "result" ? answer.text : `{"error":${answer.text}}`) : show(answer)
      const exitCode = exitCodeOf(answer)
      if (exitCode !== exitCodes.ok) return yield* endedWith(exitCode)
    })
  )
})

/** Waits for the backend that owns the tool. Fails if nobody does, with what may be the reason. */
const ownerOf = Effect.fnUntraced(function* (name: string) {
  const gateway = yield* Gateway
  const owner = (): BackendUnit | undefined => {
    const route = gateway.table().tools.get(name)
    return gateway.units.find(({ spec }) => spec.name === route?.backend)
  }
  const enough = () => {
    const unit = owner()
    return unit !== undefined && standingOf(unit)._tag !== "Coming"
  }
  yield* awaitStarted(gateway.units, { quietMillis, enough })
  const unit = owner()
  return unit ?? (yield* unknownTool(gateway, name))
})

const unknownTool = ({ table, units }: Gateway["Service"], name: string): CommandFailure => {
  const routes = table()
  const withheld = routes.withheld.find((offer) => offer.kind === "tool" && name.endsWith(offer.name))
  const guess = nearest(name, routes.tools.keys())
  const down = absentOf(units).map((absent) => `  ${renderAbsent(absent)}`)
  const lines = [
    `there is no tool ${JSON.stringify(name)}${guess === undefined ? "" : `; did you mean ${guess}?`}`,
    ...(withheld === undefined
      ? []
      : [`  "${withheld.name}" of "${withheld.backend}" is withheld: ${withheld.reason}`]),
    ...down,
    "`sentinel tools` lists what there is"
  ]
  return new CommandFailure({
    exitCode: down.length > 0 ? exitCodes.unavailable : exitCodes.failed,
    message: lines.join("\n")
  })
}

/** One `tools/call`, waited for as long as the backend may take. */
export const callTool = Effect.fnUntraced(function* (unit: BackendUnit, name: string, parameters: JsonObject) {
  const { isolation, startTimeoutMillis, timeoutMillis } = unit.spec
  // A connection of its own for this session has to start first.
  const limit = timeoutMillis + graceMillis + (isolation === "session" ? startTimeoutMillis : 0)
  const client = yield* connectLocal
  const answer = yield* client.request("tools/call", { name, arguments: parameters }).pipe(Effect.timeoutOption(limit))
  if (Option.isSome(answer)) return answer.value
  const message = `backend "${unit.spec.name}" gave no answer within ${span(limit)}`
  return yield* new CommandFailure({ exitCode: exitCodes.unavailable, message })
})

const show = ({ kind, value }: Answer): Effect.Effect<void> => {
  if (kind === "error") return note(`sentinel: ${printable(String(value["message"]))}`)
  const shown = print(renderToolResult(value))
  return value["isError"] === true ? Effect.andThen(shown, note("sentinel: the tool answered with an error")) : shown
}

/** A refusal of the gateway itself means that the backend could not serve; any other error is the tool's answer. */
const exitCodeOf = ({ kind, value }: Answer): CommandFailure["exitCode"] => {
  if (kind === "result") return value["isError"] === true ? exitCodes.failed : exitCodes.ok
  const data = value["data"]
  return isJsonObject(data) && data["source"] === ownSource ? exitCodes.unavailable : exitCodes.failed
}
