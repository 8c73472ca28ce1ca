import * as Effect from "effect/Effect"
import { Gateway } from "../gateway/Gateway.ts"
import type { RouteTable } from "../gateway/RouteTable.ts"
import { endedWith } from "./CommandFailure.ts"
import { exitCodes } from "./ExitCode.ts"
import { withOwnGateway, type CommandOptions } from "./OwnGateway.ts"
import { note, print, printJson } from "./Print.ts"
import { absentOf, renderAbsent, type Absent } from "./Standing.ts"
import { awaitStarted } from "./Starting.ts"
import { table } from "./Table.ts"
import { count, firstLine, printable } from "./Words.ts"

/** A start that takes longer shows its progress. */
export const quietMillis = 1_000
const descriptionLength = 80

/** `sentinel tools`: what a client would be offered now, what is withheld, and which backends are not up. */
export const tools = (options: CommandOptions) =>
  withOwnGateway(options, () =>
    Effect.gen(function* () {
      const gateway = yield* Gateway
      yield* awaitStarted(gateway.units, { quietMillis })
      const routes = gateway.table()
      const down = absentOf(gateway.units)
      yield* options.json ? printJson(asJson(routes, down)) : show(routes, down)
      if (down.length > 0) return yield* endedWith(exitCodes.unavailable)
    })
  )

const asJson = (routes: RouteTable, down: ReadonlyArray<Absent>) => ({
  tools: routes.listed.tools.map(({ backend, definition }) => ({
    name: definition["name"],
    backend,
    ownName: routes.tools.get(String(definition["name"]))?.ownName,
    definition
  })),
  withheld: routes.withheld,
  down
})

const show = Effect.fnUntraced(function* (routes: RouteTable, down: ReadonlyArray<Absent>) {
  const rows = routes.listed.tools.map(({ backend, definition }) => {
    const { description, name } = definition
    return [String(name), backend, firstLine(typeof description === "string" ? description : "", descriptionLength)]
  })
  if (rows.length > 0) yield* print(table(["TOOL", "BACKEND", "DESCRIPTION"], rows))
  yield* print(`${rows.length > 0 ? "\n" : ""}${count(rows.length, "tool")}`)
  const withheld = routes.withheld.map(({ backend, kind, name, reason }) => {
    return [kind, printable(name), backend, printable(reason)]
  })
  if (withheld.length > 0) {
    yield* print(`\nWithheld from clients:\n${table(["KIND", "NAME", "BACKEND", "REASON"], withheld)}`)
  }
  for (const absent of down) {
    const known = routes.listed.tools.some(({ backend }) => backend === absent.backend)
    yield* note(
      `${renderAbsent(absent)}; ${known ? "its tools are listed as last known" : "none of its tools is known"}`
    )
  }
})
