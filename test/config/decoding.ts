import * as Result from "effect/Result"
import { decode } from "../../src/config/Decode.ts"
import type { Configuration } from "../../src/config/Configuration.ts"
import type { Environment } from "../../src/config/Document.ts"
import type { Problem } from "../../src/config/Problem.ts"
import type { ReadText } from "../../src/config/SecretSources.ts"

export const file = "/etc/gateway/sentinel.toml"
export const home: Environment = { HOME: "/home/ada" }

/** Secrets of files come from here: tests never read the disk. */
export const filesOf =
  (files: Readonly<Record<string, string>>): ReadText =>
  (path) => {
    const text = files[path]
    return text === undefined ? Result.fail("no such file") : Result.succeed(text)
  }

/** Everything wrong with a text; a text that should have been refused and was not gives its warnings. */
export const problemsOf = (text: string, environment: Environment = home): ReadonlyArray<Problem> =>
  Result.match(decode(text, file, environment, filesOf({})), {
    onFailure: (problems) => problems,
    onSuccess: ({ warnings }) => warnings
  })

/** The one problem that a text is expected to have. */
export const problemOf = (text: string, environment: Environment = home): Problem => {
  const [problem, ...more] = problemsOf(text, environment)
  if (problem === undefined || more.length > 0) {
    throw new Error(`expected one problem, got: ${JSON.stringify(problemsOf(text, environment), null, 2)}`)
  }
  return problem
}

/** The configuration of a text that must be valid. */
export const configurationOf = (
  text: string,
  environment: Environment = home,
  files: Readonly<Record<string, string>> = {}
): Configuration =>
  Result.match(decode(text, file, environment, filesOf(files)), {
    onFailure: (problems) => {
      throw new Error(problems.map(({ message }) => message).join("\n"))
    },
    onSuccess: ({ configuration }) => configuration
  })

/** A valid stdio backend with more lines in its section. */
export const backend = (lines = "", name = "git"): string =>
  `[[backends]]\nname = "${name}"\ncommand = "server"\n${lines}\n`
