/** The rows of the matrix: what goes wrong, in the middle of which call. */
import type { Backend } from "./targets.ts"

/** What a fault can lay its hands on. */
export interface Scene {
  /** Of the server that has got the call. */
  readonly pid: number
  readonly failStarts: (count: number) => void
  /** Starts the HTTP server again on its port; answers when it listens. */
  readonly restart: () => Promise<void>
}

export interface Fault {
  readonly name: string
  readonly backend: Backend["kind"]
  /** The tool that is called; most of them are the fault. */
  readonly tool: string
  /** From outside, once the call has reached the server; with `first`, before it is made, and the server says that it `forgot`. */
  readonly inflict?: (scene: Scene) => void
  readonly first?: true
  /** So long the target stands before its server without a fault. */
  readonly calmMillis?: number
  /** After so many ms what was broken outside of every gateway's reach is mended; recovery counts from then. */
  readonly mend?: { readonly afterMillis: number; readonly how: (scene: Scene) => Promise<void> | void }
  /** The command of the server is missing when the target starts, and put there as the mending. */
  readonly absent?: true
  /** Not a failure: what counts is when the caller hears of the change, and when it finds it in the list. */
  readonly listChange?: true
  /** This gateway has bars to meet. */
  readonly judged?: true
  /** Where some never answer, or never again, it takes long: such cells are begun first. */
  readonly long?: true
}

const signal =
  (name: "SIGKILL" | "SIGSTOP" | "SIGCONT" | "SIGUSR2") =>
  ({ pid }: Scene) =>
    void process.kill(pid, name)

const failingStarts = 2

const forgotten = { backend: "http", tool: "echo", inflict: signal("SIGUSR2"), first: true, long: true } as const

export const faults: ReadonlyArray<Fault> = [
  { name: "SIGKILL", backend: "stdio", tool: "slow", inflict: signal("SIGKILL"), judged: true, long: true },
  { name: "exit code 1", backend: "stdio", tool: "exit", long: true },
  { name: "SIGSTOP: it hangs", backend: "stdio", tool: "slow", inflict: signal("SIGSTOP"), judged: true, long: true },
  { name: "closes stdout and lives on", backend: "stdio", tool: "close-stdout", long: true },
  { name: "half a frame, then exit", backend: "stdio", tool: "half-frame", long: true },
  { name: "a line of garbage before the reply", backend: "stdio", tool: "garbage" },
  { name: "two replies", backend: "stdio", tool: "twice" },
  { name: "reply under an unknown id only", backend: "stdio", tool: "unknown-id", long: true },
  { name: "reply of 5 MiB", backend: "stdio", tool: "oversize" },
  { name: "no reply, ever", backend: "stdio", tool: "silent", long: true },
  {
    name: "SIGKILL, and the next two starts die",
    backend: "stdio",
    tool: "slow",
    inflict: (scene) => {
      scene.failStarts(failingStarts)
      signal("SIGKILL")(scene)
    },
    long: true
  },
  {
    name: "command missing at the start, there 0.5 s later",
    backend: "stdio",
    tool: "echo",
    absent: true,
    mend: { afterMillis: 500, how: () => {} },
    long: true
  },
  { name: "tool list changes", backend: "stdio", tool: "grow", listChange: true },
  {
    name: "HTTP: SIGKILL, listens again 0.5 s later",
    backend: "http",
    tool: "slow",
    inflict: signal("SIGKILL"),
    mend: { afterMillis: 500, how: (scene) => scene.restart() },
    long: true
  },
  {
    name: "HTTP: SIGSTOP, goes on 3 s later",
    backend: "http",
    tool: "slow",
    inflict: signal("SIGSTOP"),
    mend: { afterMillis: 3_000, how: signal("SIGCONT") },
    long: true
  },
  { name: "HTTP: young session forgotten (404)", ...forgotten },
  { name: "HTTP: session of 31 s forgotten (404)", ...forgotten, calmMillis: 31_000 },
  { name: "HTTP: status 500", backend: "http", tool: "fail-500" },
  { name: "HTTP: half a body, then closed", backend: "http", tool: "half-body" },
  { name: "HTTP: no reply, ever", backend: "http", tool: "silent", long: true }
]
