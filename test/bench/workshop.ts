import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"

/** A temporary folder for configurations and state directories; gone when it is disposed of, or when this process ends. */
export interface Workshop extends Disposable {
  readonly write: (file: string, text: string) => string
  readonly freshStateDir: () => string
}

export const openWorkshop = (): Workshop => {
  const folder = mkdtempSync(join(tmpdir(), "sentinel-bench-"))
  let states = 0
  const remove = () => rmSync(folder, { recursive: true, force: true })
  process.once("exit", remove) // also when interrupted
  return {
    write: (file, text) => {
      const path = join(folder, file)
      writeFileSync(path, text)
      return path
    },
    freshStateDir: () => {
      const path = join(folder, `state-${++states}`)
      mkdirSync(path, { mode: 0o700 })
      return path
    },
    [Symbol.dispose]: remove
  }
}
