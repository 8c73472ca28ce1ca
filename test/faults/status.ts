import { mkdirSync, readdirSync, readFileSync, watch } from "node:fs"
import { join } from "node:path"
import { isJsonObject, type JsonObject } from "../../src/domain/Json.ts"
import { parseObject } from "../fixtures/envelope.ts"
import type { RunningGateway } from "../fixtures/gateway.ts"

/** What a running gateway says of itself in its state directory. */
export interface Status {
  readonly whole: JsonObject
  /** What it says of one backend; empty while it says nothing. */
  readonly of: (backend: string) => JsonObject
  /** What it says of each per-session connection of a backend. */
  readonly sessionsOf: (backend: string) => ReadonlyArray<JsonObject>
  /** Names of all that is not passed on of one backend. */
  readonly withheldOf: (backend: string) => ReadonlyArray<string>
  /** Why a tool of this name is not passed on; undefined when it is. */
  readonly withheld: (backend: string, name: string) => string | undefined
}

const boundMillis = 15_000

/** The status, once it fulfils the predicate; looked at whenever the gateway writes it. */
export const untilStatus = (
  gateway: RunningGateway,
  predicate: (status: Status) => boolean,
  description: string
): Promise<Status> => {
  const directory = statusDirectory(gateway)
  const { promise, reject, resolve } = Promise.withResolvers<Status>()
  const look = () => {
    const status = readStatus(directory)
    if (status !== undefined && predicate(status)) resolve(status)
  }
  const watcher = watch(directory, look)
  const bound = setTimeout(() => {
    const last = JSON.stringify(readStatus(directory)?.whole ?? null, null, 1)
    reject(
      new Error(`waited for ${description}: not seen in ${boundMillis} ms; last: ${last}\n${gateway.client.dump()}`)
    )
  }, boundMillis)
  look()
  return promise.finally(() => {
    clearTimeout(bound)
    watcher.close()
  })
}

/** The status, once this backend is in this state. */
export const untilState = (gateway: RunningGateway, backend: string, state: string): Promise<Status> =>
  untilStatus(gateway, (status) => status.of(backend)["state"] === state, `${backend} to be ${state}`)

const statusDirectory = ({ stateDir }: RunningGateway): string => {
  const directory = join(stateDir, "status")
  mkdirSync(directory, { recursive: true, mode: 0o700 })
  return directory
}

/** A gateway that was killed leaves its file behind, so the youngest one counts. */
const readStatus = (directory: string): Status | undefined => {
  const written = readdirSync(directory)
    .filter((name) => name.endsWith(".json"))
    .map((name) => read(join(directory, name)))
    .filter((status) => status !== undefined)
    .toSorted((one, other) => Number(other["at"]) - Number(one["at"]))
  return written[0] === undefined ? undefined : statusOf(written[0])
}

const read = (file: string): JsonObject | undefined => {
  try {
    return parseObject(readFileSync(file, "utf8"))
  } catch {
    // Removed between the look into the directory and this one: the gateway has stopped.
    return undefined
  }
}

const statusOf = (whole: JsonObject): Status => {
  const withheld = objectsIn(whole["withheld"])
  const of = (backend: string) => objectsIn(whole["backends"]).find(({ name }) => name === backend) ?? {}
  return {
    whole,
    of,
    sessionsOf: (backend) => objectsIn(of(backend)["sessions"]),
    withheldOf: (name) => withheld.filter(({ backend }) => backend === name).map((one) => String(one["name"])),
    withheld: (backend, name) => {
      const found = withheld.find((one) => one["backend"] === backend && one["name"] === name)
      return found === undefined ? undefined : String(found["reason"])
    }
  }
}

const objectsIn = (list: unknown): ReadonlyArray<JsonObject> => (Array.isArray(list) ? list.filter(isJsonObject) : [])
