import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Result from "effect/Result"
import type { BackendSpec } from "../domain/BackendSpec.ts"
import { LineFramer } from "../protocol/Framing.ts"
import { childEnvironment, slotMark, slotVariable, spawnVariable } from "./ChildEnvironment.ts"
import type { Variables } from "./ChildEnvironment.ts"
import { directoriesOf, findCommand, pathFor } from "./CommandLookup.ts"
import { Ending } from "./Ending.ts"
import { FrameWriter } from "./FrameWriter.ts"
import { InstanceFile } from "./InstanceFile.ts"
import { makeLookout } from "./Lookout.ts"
import type { Lookout } from "./Lookout.ts"
import { spawnGroup } from "./ProcessGroup.ts"
import type { Launching, ProcessGroup } from "./ProcessGroup.ts"
import { systemTable } from "./ProcessTable.ts"
import type { ProcessTable } from "./ProcessRow.ts"
import { StderrRing } from "./StderrRing.ts"
import { StopMode } from "./StopMode.ts"
import { stopBounds, stopGroup } from "./StopSequence.ts"
import type { StopBounds } from "./StopSequence.ts"
import { ConnectError, Connector } from "./Transport.ts"
import type { Slot, Transport, TransportEvents } from "./Transport.ts"

export interface StdioOptions {
  /** The gateway's own environment. Of it a child gets the minimum and what its `env_pass` names. */
  readonly variables: Variables
  /** The Node that runs the gateway (`process.execPath`), for scripts that ask for `node`. */
  readonly ownNode: string
  /** Directories where commands are looked for before PATH: the project's own `node_modules/.bin`. */
  readonly searchFirst: ReadonlyArray<string>
  readonly bounds?: StopBounds
  /** Another look at the processes of the machine, for tests. */
  readonly table?: ProcessTable
}

/**
 * A line to a child process: frames out over its stdin, frames in from its stdout, words from its stderr. Nothing here
 * waits: what a read brings is handed over in the same turn, so a flooding child is slowed by its full pipe.
 */
class StdioTransport implements Transport {
  readonly pid: number
  readonly write: Transport["write"]
  readonly backlogBytes: Transport["backlogBytes"]
  readonly group: ProcessGroup
  readonly #ring: StderrRing
  readonly #events: TransportEvents
  readonly #framer: LineFramer
  readonly #writer: FrameWriter
  readonly #ending: Ending
  #frames: Array<string> = []

  constructor(group: ProcessGroup, frameBytes: number, ring: StderrRing, events: TransportEvents) {
    this.pid = group.pid
    this.group = group
    this.#ring = ring
    this.#events = events
    this.#framer = new LineFramer(frameBytes)
    this.#writer = new FrameWriter(group.child.stdin)
    this.write = this.#writer.write
    this.backlogBytes = this.#writer.backlogBytes
    this.#ending = new Ending(events.onExit)
    const { child } = group
    child.stdin.on("error", this.#ending.stdinBroke)
    child.stdout.on("data", this.#read).once("close", this.#ending.stdoutEnded)
    child.stderr.on("data", (chunk: Buffer) => ring.push(chunk))
    child.once("exit", this.#ending.exited)
  }

  readonly kill = (): void => this.group.signal("SIGKILL")

  readonly stderr = (): ReadonlyArray<string> => this.#ring.lines()

  /** Before the stop: what was taken this turn goes out, ahead of the end of stdin. */
  readonly flush = (): void => this.#writer.flush()

  /** After the stop: lets go of the pipes, which a descendant that could not be found may still hold. */
  readonly release = (): void => {
    this.#ending.finish()
    for (const stream of [this.group.child.stdin, this.group.child.stdout, this.group.child.stderr]) stream.destroy()
  }

  readonly #read = (chunk: Buffer): void => {
    if (this.#ending.isOver) return
    this.#ending.bytesCame()
    this.#framer.push(chunk, this.#line, this.#oversize)
    this.#handOver()
  }

  readonly #line = (text: string): void => {
    this.#frames.push(text)
  }

  readonly #oversize = (bytes: number): void => {
    this.#handOver()
    this.#events.onOversize(bytes)
  }

  #handOver(): void {
    if (this.#frames.length === 0) return
    const frames = this.#frames
    this.#frames = []
    this.#events.onFrames(frames)
  }
}

/** What a spawn needs, found out before anything starts. */
interface Plan {
  readonly launching: Launching
  readonly secrets: ReadonlyArray<string>
}

const plan = (
  spec: BackendSpec,
  mark: string,
  spawnNumber: number,
  options: StdioOptions
): Result.Result<Plan, string> =>
  Result.gen(function* () {
    const { launch } = spec
    if (launch.type !== "stdio") return yield* Result.fail("it has no command; it is not reached over stdio")
    const marks = { [slotVariable]: mark, [spawnVariable]: `${spawnNumber}` }
    const { variables, secrets } = yield* childEnvironment(launch, options.variables, marks)
    const searchPath = [...options.searchFirst, ...directoriesOf(options.variables["PATH"])]
    const file = yield* findCommand(launch.command, launch.cwd, searchPath)
    const marked: Launching["marked"] = (variable) =>
      variable(slotVariable) === mark && variable(spawnVariable) === `${spawnNumber}`
    const path = pathFor(file, variables["PATH"], options.ownNode)
    const launching = { file, args: launch.args, cwd: launch.cwd, variables: { ...variables, PATH: path }, marked }
    return { launching, secrets }
  })

const makeConnector = (
  options: StdioOptions,
  lookout: Lookout,
  mode: StopMode["Service"],
  instance: InstanceFile["Service"]
): Connector["Service"] => {
  let spawned = 0

  const open = Effect.fnUntraced(function* (spec: BackendSpec, slot: Slot, events: TransportEvents) {
    const mark = slotMark(instance.instanceId, slot)
    const { launching, secrets } = yield* Effect.fromResult(plan(spec, mark, ++spawned, options))
    const group = yield* spawnGroup(launching, lookout.table)
    const ring = new StderrRing(spec.bounds.stderrLines, secrets)
    const transport = new StdioTransport(group, spec.bounds.frameBytes, ring, events)
    if (group.started !== undefined) yield* instance.record({ pid: group.pid, started: group.started, slot: mark })
    return transport
  })

  const close = Effect.fnUntraced(function* (transport: StdioTransport) {
    transport.flush()
    const left = yield* stopGroup(transport.group, lookout, mode, options.bounds ?? stopBounds)
    transport.release()
    if (left.length === 0) return yield* instance.forget(transport.pid)
    yield* Effect.logWarning(`processes that can't be killed: ${left.map((row) => row.pid).join(", ")}`)
  })

  return {
    connect: (spec, slot, events) =>
      // Not interruptible while it spawns: that takes no time, and a child must not be lost between spawn and record.
      Effect.acquireRelease(open(spec, slot, events), close).pipe(
        Effect.mapError((reason) => new ConnectError({ backend: spec.name, reason }))
      )
  }
}

/** The connector of stdio backends: child processes of this gateway, each leader of a group of its own. */
export const StdioConnector = {
  layer: (options: StdioOptions): Layer.Layer<Connector, never, StopMode | InstanceFile> =>
    Layer.effect(
      Connector,
      Effect.gen(function* () {
        const lookout = makeLookout(options.table ?? systemTable())
        return makeConnector(options, lookout, yield* StopMode, yield* InstanceFile)
      })
    )
}
