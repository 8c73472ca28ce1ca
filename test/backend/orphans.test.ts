import { assert, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { execFileSync, spawn } from "node:child_process"
import type { ChildProcess } from "node:child_process"
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { instancesDirectory } from "../../src/backend/InstanceFile.ts"
import type { InstanceRecord } from "../../src/backend/InstanceFile.ts"
import { instanceFileBytes, sweepFiles, sweepOrphans } from "../../src/backend/Orphans.ts"
import { systemTable } from "../../src/backend/ProcessTable.ts"
import { isAlive } from "../fixtures/processes.ts"

const table = systemTable()

const stateDirectory = Effect.acquireRelease(
  Effect.sync(() => {
    const directory = mkdtempSync(join(tmpdir(), "orphans-"))
    mkdirSync(instancesDirectory(directory))
    return directory
  }),
  (directory) => Effect.sync(() => rmSync(directory, { recursive: true, force: true }))
)

const exitOf = (child: ChildProcess) =>
  Effect.callback<void>((resume) => {
    if (child.exitCode !== null || child.signalCode !== null) return resume(Effect.void)
    child.once("exit", () => resume(Effect.void))
  })

const endOf = (child: ChildProcess) =>
  Effect.andThen(
    Effect.sync(() => child.kill("SIGKILL")),
    exitOf(child)
  )

/** A process of somebody else, in a group of its own. */
const bystander = Effect.acquireRelease(
  Effect.sync(() =>
    spawn(process.execPath, ["-e", "setInterval(() => {}, 1000)"], { detached: true, stdio: "ignore" })
  ),
  endOf
)

const killedGateway = (directory: string, instanceId: string) =>
  Effect.gen(function* () {
    const script = join(import.meta.dirname, "gatewayToKill.ts")
    const start = () =>
      spawn(process.execPath, [script, directory, instanceId], { stdio: ["ignore", "pipe", "inherit"] })
    const child = yield* Effect.acquireRelease(Effect.sync(start), endOf)
    const line = yield* Effect.callback<string>((resume) => {
      child.stdout.once("data", (bytes: Buffer) => resume(Effect.succeed(bytes.toString())))
    })
    return { child, pids: JSON.parse(line) as ReadonlyArray<number> }
  })

const write = (directory: string, instanceId: string, record: Partial<InstanceRecord>) => {
  const { boot, namespace } = table
  const file = join(instancesDirectory(directory), `${instanceId}.json`)
  // Pid 1 can't be recorded and 2 has another start: the gateway of this record is dead.
  writeFileSync(file, JSON.stringify({ boot, namespace, pid: 2, started: 1, children: [], ...record }))
  return file
}

it.live("what a gateway that was killed left behind is ended at the next start, and not before it died", () =>
  Effect.gen(function* () {
    const directory = yield* stateDirectory
    const { child, pids } = yield* killedGateway(directory, "killed-1")
    assert.deepStrictEqual(yield* sweepOrphans(directory), { ended: [], problems: [] })
    assert.deepStrictEqual(pids.map(isAlive), [true, true], "a live gateway's children are left alone")

    yield* endOf(child)
    assert.deepStrictEqual(pids.map(isAlive), [true, true], "they outlive the gateway")
    const { ended, problems } = yield* sweepOrphans(directory)
    assert.sameMembers(
      ended.map(({ pid }) => pid),
      [...pids]
    )
    assert.deepStrictEqual([problems, pids.map(isAlive)], [[], [false, false]])
    assert.isFalse(existsSync(join(instancesDirectory(directory), "killed-1.json")))
  }).pipe(Effect.scoped)
)

it.live("a process that got the pid of a recorded child is not touched, as its start differs", () =>
  Effect.gen(function* () {
    const directory = yield* stateDirectory
    const { pid = 0 } = yield* bystander
    const started = Option.getOrThrow(Option.fromUndefinedOr(table.startedOf(pid)))
    const file = write(directory, "reused", { children: [{ pid, started: started - 1, slot: "reused/example" }] })
    assert.deepStrictEqual(yield* sweepOrphans(directory), { ended: [], problems: [] })
    assert.deepStrictEqual([isAlive(pid), existsSync(file)], [true, false])

    write(directory, "reused", { children: [{ pid, started, slot: "reused/example" }] })
    assert.deepStrictEqual((yield* sweepOrphans(directory)).ended, [{ instanceId: "reused", pid }])
    assert.isFalse(isAlive(pid), "the same record with the right start ends it")
  }).pipe(Effect.scoped)
)

it.live("records of another boot end nothing and go, those of another container stay", () =>
  Effect.gen(function* () {
    const directory = yield* stateDirectory
    const { pid = 0 } = yield* bystander
    const children = [{ pid, started: table.startedOf(pid) ?? 0, slot: "x/example" }]
    const boot = write(directory, "boot", { boot: "another", children })
    const container = write(directory, "container", { namespace: "another", children })
    assert.deepStrictEqual(yield* sweepOrphans(directory), { ended: [], problems: [] })
    assert.deepStrictEqual([isAlive(pid), existsSync(boot), existsSync(container)], [true, false, true])
  }).pipe(Effect.scoped)
)

it.live("files that make no sense are reported and removed", () =>
  Effect.gen(function* () {
    const directory = yield* stateDirectory
    const texts = {
      torn: '{"boot":"x","pid":12',
      empty: "",
      everybody: `{"boot":"${table.boot}","namespace":"","pid":2,"started":1,"children":[{"pid":-1,"started":0,"slot":""}]}`,
      init: `{"boot":"${table.boot}","namespace":"","pid":2,"started":1,"children":[{"pid":1,"started":0,"slot":""}]}`,
      large: " ".repeat(instanceFileBytes + 1)
    }
    for (const [name, text] of Object.entries(texts)) {
      writeFileSync(join(instancesDirectory(directory), `${name}.json`), text)
    }
    const { ended, problems } = yield* sweepOrphans(directory)
    assert.deepStrictEqual(ended, [])
    assert.strictEqual(problems.length, Object.keys(texts).length)
    assert.isTrue(
      problems.some((problem) => /large\.json is too large \(1048577 bytes\); it was removed/.test(problem))
    )
    assert.isTrue(problems.some((problem) => /torn\.json is not an instance file; it was removed/.test(problem)))
    assert.deepStrictEqual(yield* sweepOrphans(directory), { ended: [], problems: [] })
  }).pipe(Effect.scoped)
)

it.live("what is no regular file is reported, and neither read nor removed: a pipe would block the start", () =>
  Effect.gen(function* () {
    const directory = yield* stateDirectory
    const file = join(instancesDirectory(directory), "pipe.json")
    execFileSync("mkfifo", [file])
    const { problems } = yield* sweepOrphans(directory)
    assert.deepStrictEqual(problems, [`${file} can't be read (not a regular file); see to it`])
    assert.isTrue(existsSync(file))
  }).pipe(Effect.scoped)
)

it.live("one sweep looks at a bounded number of files, the next at the rest", () =>
  Effect.gen(function* () {
    const directory = yield* stateDirectory
    for (let number = 0; number <= sweepFiles; number++) {
      writeFileSync(join(instancesDirectory(directory), `${number}.json`), "")
    }
    assert.strictEqual((yield* sweepOrphans(directory)).problems.length, sweepFiles)
    assert.strictEqual((yield* sweepOrphans(directory)).problems.length, 1)
  }).pipe(Effect.scoped)
)

it.live("a state directory that does not exist yet has no orphans", () =>
  Effect.gen(function* () {
    assert.deepStrictEqual(yield* sweepOrphans("/no/such/place"), { ended: [], problems: [] })
  })
)
