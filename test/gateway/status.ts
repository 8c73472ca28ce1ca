import { readdirSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { setTimeout as sleep } from "node:timers/promises"
import { type JsonObject } from "../../src/domain/Json.ts"
import { parseObject, textIn } from "../fixtures/envelope.ts"
import { type RunningGateway } from "../fixtures/gateway.ts"
import { entriesOf } from "./eras.ts"

/** The status file of a gateway: what `sentinel status` reads. */
export interface Status {
  /** By name. */
  readonly backends: Readonly<Record<string, JsonObject>>
  readonly withheld: ReadonlyArray<JsonObject>
}

const lookMillis = 50
const boundMillis = 15_000

/** The status once it is as expected; the file is written about once a second. Fails with the last one seen. */
export const statusWhen = async (gateway: RunningGateway, expected: (status: Status) => boolean): Promise<Status> => {
  let seen: Status | undefined
  for (let waited = 0; waited < boundMillis; waited += lookMillis) {
    seen = readStatus(join(gateway.stateDir, "status"))
    if (seen !== undefined && expected(seen)) return seen
    await sleep(lookMillis)
  }
  throw new Error(`the status was never as expected: ${JSON.stringify(seen)}\n${gateway.client.dump()}`)
}

const readStatus = (directory: string): Status | undefined => {
  const [file] = filesIn(directory)
  const status = file === undefined ? undefined : parseObject(readFileSync(join(directory, file), "utf8"))
  if (status === undefined) return undefined
  const backends = entriesOf(status, "backends").map((backend) => [textIn(backend, "name", ""), backend] as const)
  return { backends: Object.fromEntries(backends), withheld: entriesOf(status, "withheld") }
}

const filesIn = (directory: string): ReadonlyArray<string> => {
  try {
    return readdirSync(directory).filter((name) => name.endsWith(".json"))
  } catch {
    return []
  }
}
