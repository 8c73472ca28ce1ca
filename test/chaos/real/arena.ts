/** Where one scenario takes place: a directory and a mark of its own, by which whatever it starts is found and ended. */
import { randomUUID } from "node:crypto"
import { mkdirSync, mkdtempSync, rmSync } from "node:fs"
import { join } from "node:path"
import type { Launch } from "../../bench/client.ts"
import {
  endLeftovers,
  isOfRun,
  leftovers,
  runVariable,
  settledLeftovers,
  type Leftover,
  type Traces
} from "../../fixtures/leftovers.ts"
import { processTable } from "../../fixtures/processes.ts"
import { runDirectory } from "../../fixtures/runDirectory.ts"

/** What was told to end last may need a moment for it. */
const settleMillis = 2_000
/** Looks at the processes when this one is interrupted: what is killed may just have started another. */
const lastLooks = 20

export interface Arena {
  readonly directory: string
  /** Of whatever is started here. */
  readonly env: Readonly<Record<string, string>>
  /** A new directory in it, for a gateway or a journal. */
  readonly folder: (name: string) => string
  /** The same program, started here. */
  readonly here: (launch: Launch) => Launch
  /** Ends what is left, removes the directory, and answers with what was left after a moment's patience. */
  readonly close: () => Promise<ReadonlyArray<Leftover>>
}

export const openArena = (): Arena => {
  mkdirSync(runDirectory(), { recursive: true })
  const directory = mkdtempSync(join(runDirectory(), "r-"))
  const run = randomUUID()
  const env = { [runVariable]: run }
  const traces: Traces = {
    run,
    directory,
    since: processTable().find((row) => row.pid === process.pid)?.started ?? 0,
    spared: (row) => row.pid === process.pid
  }
  const interrupted = () => {
    endAll(traces)
    rmSync(directory, { recursive: true, force: true })
  }
  process.once("exit", interrupted)
  return {
    directory,
    env,
    folder: (name) => {
      const path = join(directory, name)
      mkdirSync(path, { mode: 0o700 })
      return path
    },
    here: (launch) => ({ ...launch, cwd: directory, env: { ...launch.env, ...env } }),
    close: async () => {
      const left = (await settledLeftovers(traces, settleMillis)).filter(isOfRun)
      endAll(traces)
      process.off("exit", interrupted)
      rmSync(directory, { recursive: true, force: true })
      return left
    }
  }
}

const endAll = (traces: Traces): void => {
  for (let look = 0; look < lastLooks; look++) {
    const found = leftovers(traces).filter(isOfRun)
    if (found.length === 0) return
    endLeftovers(found)
  }
}
