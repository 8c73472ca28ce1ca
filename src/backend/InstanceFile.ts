import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Schema from "effect/Schema"
import * as Scope from "effect/Scope"
import { mkdirSync, rmSync } from "node:fs"
import { join } from "node:path"
import { forkIn } from "../kernel/Fork.ts"
import { oncePerOutage } from "../kernel/Outage.ts"
import { systemTable } from "./ProcessTable.ts"
import { replaceFile, writeFailure } from "./ReplaceFile.ts"

/** Never 0, 1 or negative: to those a signal means a group, or everything. */
const Pid = Schema.Int.check(Schema.isBetween({ minimum: 2, maximum: 2 ** 31 - 1 }))
const Process = { pid: Pid, started: Schema.Number }

const RecordedChild = Schema.Struct({ ...Process, slot: Schema.String })
/** A child as its instance file names it: pid and start together are one process; `slot` is its mark. */
export type RecordedChild = typeof RecordedChild.Type

/** `instances/<instanceId>.json`: who to look for if this gateway is found dead. */
export const InstanceRecord = Schema.fromJsonString(
  Schema.Struct({ boot: Schema.String, namespace: Schema.String, ...Process, children: Schema.Array(RecordedChild) })
)
export type InstanceRecord = typeof InstanceRecord.Type

export const instancesDirectory = (stateDirectory: string): string => join(stateDirectory, "instances")

/** Instance ids become file names and marks. */
export const instanceIdPattern = /^[A-Za-z0-9_-]{1,64}$/

export interface InstanceOptions {
  readonly stateDirectory: string
  /** Unique among all gateways that ever use the directory; matches `instanceIdPattern`. */
  readonly instanceId: string
}

/**
 * Keeps the file of this gateway up to date: its own pid and start, and those of each child, so that the next gateway can
 * end what this one leaves behind if it is killed (`Orphans.ts`). Written at each spawn and end, whole and by rename,
 * before anything else happens: a crash finds it complete. Removed at a clean stop, unless a child could not be ended.
 * A directory that can't be written is a warning, no reason not to start; it is tried again until it can be.
 */
export class InstanceFile extends Context.Service<
  InstanceFile,
  {
    readonly instanceId: string
    readonly record: (child: RecordedChild) => Effect.Effect<void>
    readonly forget: (pid: number) => Effect.Effect<void>
  }
>()("sentinel/backend/InstanceFile") {
  static readonly layer = (options: InstanceOptions): Layer.Layer<InstanceFile> =>
    Layer.effect(
      InstanceFile,
      Effect.acquireRelease(
        Effect.flatMap(Scope.Scope, (scope) => open(options, scope)),
        (file) => file.close
      ).pipe(Effect.map((file) => file.service))
    )

  /** For a gateway without a state directory: nothing is recorded. */
  static readonly none = (instanceId: string): Layer.Layer<InstanceFile> =>
    Layer.succeed(InstanceFile, { instanceId, record: () => Effect.void, forget: () => Effect.void })
}

/** After a write that failed, milliseconds until it is tried again. */
export const instanceAgainMillis = 2_000

const open = Effect.fnUntraced(function* ({ stateDirectory, instanceId }: InstanceOptions, scope: Scope.Scope) {
  if (!instanceIdPattern.test(instanceId)) return yield* Effect.die(`instance id "${instanceId}" is no file name`)
  const directory = instancesDirectory(stateDirectory)
  const file = join(directory, `${instanceId}.json`)
  const table = systemTable()
  const children = new Map<number, RecordedChild>()
  const { boot, namespace } = table
  const self = { boot, namespace, pid: process.pid, started: table.startedOf(process.pid) ?? 0 }

  const write = Effect.try({
    try: () => {
      mkdirSync(directory, { recursive: true, mode: 0o700 })
      const record: InstanceRecord = { ...self, children: [...children.values()] }
      replaceFile(file, JSON.stringify(record), `${file}.tmp`)
    },
    catch: writeFailure
  })
  const save = untilWritten(write, file, scope)
  yield* save
  return {
    service: {
      instanceId,
      record: (child: RecordedChild) =>
        Effect.andThen(
          Effect.sync(() => children.set(child.pid, child)),
          save
        ),
      forget: (pid: number) => Effect.suspend(() => (children.delete(pid) ? save : Effect.void))
    },
    close: Effect.suspend(() =>
      children.size > 0 ? Effect.void : attempt(`${file} can't be removed`, () => rmSync(file, { force: true }))
    )
  }
})

/** Writes at once. If that fails, it is said, and tried again from time to time as long as the scope lasts. */
const untilWritten = (write: Effect.Effect<void, string>, file: string, scope: Scope.Scope): Effect.Effect<void> => {
  const { complain, rejoice } = oncePerOutage(`${file} is written again`)
  const again: Effect.Effect<void> = Effect.sleep(instanceAgainMillis).pipe(
    Effect.andThen(write),
    Effect.andThen(rejoice),
    Effect.catch(() => again)
  )
  return Effect.catch(write, (failure) => {
    const what = `${file} can't be written: orphans of a crash will not be swept (${failure})`
    return Effect.flatMap(complain(`${what}. It is tried again`), (isFirst) =>
      isFirst ? Effect.asVoid(forkIn(scope, "instance file", again)) : Effect.void
    )
  })
}

const attempt = (complaint: string, work: () => void): Effect.Effect<void> =>
  Effect.try({ try: work, catch: (error) => error }).pipe(
    Effect.catch((error) => Effect.logWarning(`${complaint} (${error instanceof Error ? error.message : ""})`))
  )
