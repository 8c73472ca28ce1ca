import * as Flag from "effect/cli/Flag"
import * as GlobalFlag from "effect/cli/GlobalFlag"
import { logLevelWords } from "../config/LogLevelWord.ts"

/** `--config FILE`, before or after the command. */
export const ConfigOption = GlobalFlag.Setting("config")({
  flag: Flag.String("config").pipe(
    Flag.withMetavar("FILE"),
    Flag.withDescription(
      "The configuration; else $SENTINEL_CONFIG, ~/.config/sentinel-gateway/sentinel.toml, built in"
    ),
    Flag.optional
  )
})

/** `--json`: the result as JSON on stdout, for programs. */
export const JsonOption = GlobalFlag.Setting("json")({
  flag: Flag.Boolean("json").pipe(Flag.withDescription("The result as JSON, for programs"), Flag.withDefault(false))
})

/** `--log-level LEVEL`: what is logged on stderr. */
export const LogLevelOption = GlobalFlag.Setting("log-level")({
  flag: Flag.Literals("log-level", logLevelWords).pipe(
    Flag.withDescription("What is logged on stderr; by default what the configuration says"),
    Flag.withMetavar("LEVEL"),
    Flag.optional
  )
})
