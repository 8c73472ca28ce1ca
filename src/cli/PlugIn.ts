import * as path from "node:path"
import type { Configuration } from "../config/Configuration.ts"
import { embeddedName } from "../config/Defaults.ts"
import type { Environment } from "../config/Document.ts"
import { findFile } from "../config/Locate.ts"
import { defaultStateDirectory } from "../config/StateDirectory.ts"
import { launcher, packageRoot } from "./PackageRoot.ts"
import { shellWord } from "./Words.ts"

/**
 * The command that plugs this gateway into Claude Code, which starts it elsewhere, with another environment: what came
 * from a relative path, `$SENTINEL_CONFIG` or `$SENTINEL_STATE_DIR` is written out.
 */
export const plugInLine = (
  { source, stateDirectory }: Pick<Configuration, "source" | "stateDirectory">,
  environment: Environment = process.env
): string => {
  const elsewhere: Environment = { ...environment, SENTINEL_CONFIG: undefined, SENTINEL_STATE_DIR: undefined }
  const found = findFile({ option: undefined, environment: elsewhere, packageRoot }) ?? embeddedName
  const config = source.file === found ? "" : ` --config ${shellWord(path.resolve(source.file))}`
  const isGiven =
    stateDirectory === defaultStateDirectory(environment) && stateDirectory !== defaultStateDirectory(elsewhere)
  const state = isGiven ? ` -e ${shellWord(`SENTINEL_STATE_DIR=${stateDirectory}`)}` : ""
  return `claude mcp add sentinel${state} -- ${shellWord(launcher)} stdio${config}`
}
