import * as Result from "effect/Result"
import { hasPasswordInUrl, isSecretName, isSecretText } from "../domain/SecretShapes.ts"
import type { StdioLaunch } from "../domain/BackendSpec.ts"
import type { Slot } from "./Transport.ts"

/** Variables of a process, as `process.env` has them. */
export type Variables = Readonly<Record<string, string | undefined>>

/** Says whose child a process is: `<instance>/<backend>` or `<instance>/<backend>/<session>`. Inherited by its children. */
export const slotVariable = "SENTINEL_SLOT"
/** Tells the incarnations of one slot apart: a number that grows with each spawn of an instance. */
export const spawnVariable = "SENTINEL_SPAWN"

/** The value of `SENTINEL_SLOT`. */
export const slotMark = (instanceId: string, slot: Slot): string =>
  slot.session === undefined ? `${instanceId}/${slot.backend}` : `${instanceId}/${slot.backend}/${slot.session}`

/**
 * What a program needs to start and to print in the user's language. Not SHELL, TERM, TZ, proxies or agents' sockets:
 * who needs one lists it in `env_pass`.
 */
const inherited = new Set(["PATH", "HOME", "USER", "LANG", "TMPDIR"])
const isInherited = (name: string): boolean => inherited.has(name) || name.startsWith("LC_")

/** A shorter value is no secret, and to redact it would blacken half of all text. */
export const secretCharsMinimum = 8

export interface ChildEnvironment {
  readonly variables: Readonly<Record<string, string>>
  /** Values that must not show in what the child writes to stderr. */
  readonly secrets: ReadonlyArray<string>
}

/**
 * The whole environment of a child: the minimum, what `env_pass` names, what `env` says, and the gateway's marks, the
 * later over the earlier. Fails with a sentence that names a variable of `env_pass` that is not set.
 */
export const childEnvironment = (
  launch: StdioLaunch,
  own: Variables,
  marks: Readonly<Record<string, string>>
): Result.Result<ChildEnvironment, string> => {
  const missing = launch.envPass.filter((name) => (own[name] ?? "") === "")
  if (missing.length > 0) {
    const names = missing.map((name) => `"${name}"`).join(", ")
    return Result.fail(`env_pass names ${names}, not set in the gateway's own environment; set it or take it out`)
  }
  const passed = valuesOf(own, (name) => launch.envPass.includes(name))
  const given = Object.entries(launch.env)
  const variables = [...valuesOf(own, isInherited), ...passed, ...given, ...Object.entries(marks)]
  const secret = ([name, value]: readonly [string, string]) =>
    launch.secrets.includes(name) || isSecretName(name) || isSecretText(value) || hasPasswordInUrl(value)
  const secrets = [...passed, ...given.filter(secret)].flatMap(([, value]) => secretParts(value))
  return Result.succeed({ variables: Object.fromEntries(variables), secrets: [...new Set(secrets)] })
}

const valuesOf = (variables: Variables, wanted: (name: string) => boolean): ReadonlyArray<readonly [string, string]> =>
  Object.entries(variables).flatMap(([name, value]) => (value !== undefined && wanted(name) ? [[name, value]] : []))

/** A secret of several lines (a private key) leaks line by line. */
const secretParts = (value: string): ReadonlyArray<string> =>
  [value, ...value.split("\n").map((line) => line.trim())].filter((part) => part.length >= secretCharsMinimum)
