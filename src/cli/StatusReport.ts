import * as Schema from "effect/Schema"
import { table } from "./Table.ts"
import { ago, printable, span } from "./Words.ts"

const Line = Schema.Struct({
  state: Schema.String,
  reason: Schema.optional(Schema.String),
  retryInMs: Schema.optional(Schema.Number),
  provenMsAgo: Schema.optional(Schema.NullOr(Schema.Number)),
  circuit: Schema.optional(Schema.String),
  inFlight: Schema.optional(Schema.Number),
  queued: Schema.optional(Schema.Number),
  restarts: Schema.optional(Schema.Number),
  protocol: Schema.optional(Schema.NullOr(Schema.String))
})
type Line = typeof Line.Type

const BackendStatus = Schema.Struct({
  ...Line.fields,
  name: Schema.String,
  tools: Schema.NullOr(Schema.Number),
  sessions: Schema.Array(Schema.Struct({ ...Line.fields, sessionId: Schema.String }))
})

/** What a gateway says of itself, in its status file or in this process (`describeGateway`). */
export const StatusReport = Schema.Struct({
  instanceId: Schema.String,
  pid: Schema.Number,
  version: Schema.String,
  running: Schema.Number,
  backends: Schema.Array(BackendStatus),
  withheld: Schema.Array(
    Schema.Struct({ backend: Schema.String, kind: Schema.String, name: Schema.String, reason: Schema.String })
  )
})
export type StatusReport = typeof StatusReport.Type

const headings = [
  "BACKEND",
  "STATE",
  "LAST PROVEN",
  "PROTOCOL",
  "TOOLS",
  "IN FLIGHT",
  "RESTARTS",
  "CIRCUIT",
  "NOTE"
] as const

/**
 * A table of the backends. A backend is never just "connected": the table says when it last gave a sign of life.
 *
 * @param age milliseconds since the report was made
 */
export const renderBackends = (report: StatusReport, age: number): string =>
  table(
    headings,
    report.backends.flatMap((backend) => [
      row(backend.name, backend, backend.tools, age),
      ...backend.sessions.map((session) => row(`  session ${session.sessionId}`, session, null, age))
    ])
  )

const row = (name: string, line: Line, tools: number | null, age: number): ReadonlyArray<string> => [
  printable(name),
  line.state.toLowerCase(),
  ago(typeof line.provenMsAgo === "number" ? line.provenMsAgo + age : undefined),
  printable(line.protocol ?? "-"),
  tools === null ? "-" : `${tools}`,
  `${line.inFlight ?? 0}${line.queued === undefined || line.queued === 0 ? "" : ` + ${line.queued} queued`}`,
  `${line.restarts ?? 0}`,
  circuitWord(line.circuit),
  [
    ...(line.reason === undefined ? [] : [printable(line.reason)]),
    ...(line.retryInMs === undefined ? [] : [`next try in ${span(Math.max(0, line.retryInMs - age))}`])
  ].join("; ")
]

/** `HalfOpen` as people write it. */
const circuitWord = (tag: string | undefined): string =>
  tag === undefined ? "-" : tag.replace(/(?<=[a-z])(?=[A-Z])/g, "-").toLowerCase()
