import { writeFileSync } from "node:fs"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { launcher, runToEnd } from "../../cli/sentinel.ts"
import { backendName } from "./backend.ts"

const browser = fileURLToPath(new URL("./browser.ts", import.meta.url))

export interface Login {
  /** Holds `sentinel.toml` and the state. */
  readonly directory: string
  readonly env: NodeJS.ProcessEnv
}

/** `sentinel login`, with a browser that agrees to everything. Whether it worked. */
export const login = async ({ directory, env }: Login): Promise<boolean> => {
  const script = join(directory, "browser.sh")
  writeFileSync(script, `#!/bin/sh\nexec "${process.execPath}" "${browser}" "$1"\n`, { mode: 0o700 })
  const ran = await runToEnd("sh", [launcher, "login", backendName, "--config", join(directory, "sentinel.toml")], {
    env: { ...env, BROWSER: script, SENTINEL_STATE_DIR: join(directory, "state") },
    cwd: directory,
    stdin: ""
  })
  process.stderr.write(`login: ${ran.code}\n${ran.stdout}${ran.stderr}\n`)
  return ran.code === 0
}
