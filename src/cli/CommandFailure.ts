import * as Schema from "effect/Schema"
import { Problem } from "../config/Problem.ts"
import { exitCodes } from "./ExitCode.ts"

/** A command that ends with another exit code than 0. */
export class CommandFailure extends Schema.TaggedError<CommandFailure>()("CommandFailure", {
  exitCode: Schema.Literals(Object.values(exitCodes)),
  /** For stderr, ready for a terminal; empty when the command's output has said it all. */
  message: Schema.String,
  /** What is wrong with the configuration, where that is the reason. */
  problems: Schema.optionalKey(Schema.Array(Problem))
}) {}

/** The end of a command whose output has said it all. */
export const endedWith = (exitCode: CommandFailure["exitCode"]): CommandFailure =>
  new CommandFailure({ exitCode, message: "" })
