/** No room for the state: calls do not depend on it, it is said what is missing, and made good when there is room again. */
import { writeFileSync } from "node:fs"
import { join } from "node:path"
import { parseObject, objectIn, textIn } from "../../fixtures/envelope.ts"
import { gatewayConfig } from "../../fixtures/gateway.ts"
import { HttpClient } from "../../fixtures/httpClient.ts"
import { legacyOpen } from "../../fixtures/legacyClient.ts"
import type { StdioClient } from "../../fixtures/client.ts"
import { untilListed } from "../../faults/opened.ts"
import { tireless, unrulyBackend } from "./backends.ts"
import { askAs, askNoted, echoTurn, type Ask } from "./callers.ts"
import type { Findings } from "./findings.ts"
import { Ledger } from "./ledger.ts"
import { openScarceDisk, type ScarceDisk } from "./scarceDisk.ts"
import type { Scenario, Stage } from "./scenario.ts"
import { backendPid, signalTo, until } from "./slots.ts"

/** After there is room again everything is written within this. */
const writtenMillis = 10_000

/** What a gateway keeps: one file of each, whole. */
const kept = [/^instances\/.*\.json$/, /^status\/.*\.json$/, /^catalogs\/.*\.json$/, /^names\.json$/]

const isWhole = (text: string): boolean => parseObject(text) !== undefined

/** Files that are not whole, and drafts of files. */
const halfWritten = (disk: ScarceDisk): ReadonlyArray<string> =>
  [...disk.files()].filter(([name, text]) => name.endsWith(".tmp") || !isWhole(text)).map(([name]) => name)

const missing = (disk: ScarceDisk): ReadonlyArray<string> => {
  const names = [...disk.files()].filter(([, text]) => isWhole(text)).map(([name]) => name)
  return kept.filter((pattern) => !names.some((name) => pattern.test(name))).map(String)
}

const judgeFiles = (disk: ScarceDisk, when: string, findings: Findings) => {
  const half = halfWritten(disk)
  findings.check(half.length === 0, `${when} there are half-written files: ${half.join(", ")}`)
}

const callsEach = 5

/** A few calls, and the backend replaced between them. */
const useIt = async (ask: Ask, ledger: Ledger, name: string, gateway: number) => {
  for (let n = 0; n < callsEach; n++) {
    await askNoted(ask, echoTurn(ledger, "one", `${name} ${n}`))
  }
  const pid = backendPid(gateway, "one")
  if (pid !== undefined) signalTo(pid, "SIGKILL")
  await until("the next process", () => ![undefined, pid].includes(backendPid(gateway, "one")), 5_000)
}

const openStdio = async (disk: ScarceDisk, config: string): Promise<StdioClient> => {
  const gateway = disk.start(["stdio", "--config", config])
  try {
    await legacyOpen(gateway)
    await untilListed(gateway, ["one__echo"])
    return gateway
  } catch (cause) {
    await gateway.close()
    throw cause
  }
}

/** Full from the start, freed, filled while it runs, freed again. */
const overStdio = async (disk: ScarceDisk, config: string, ledger: Ledger, findings: Findings) => {
  disk.fill()
  await using gateway = await openStdio(disk, config)
  const ask = askAs(gateway, "legacy")
  await useIt(ask, ledger, "full from the start", gateway.pid)
  judgeFiles(disk, "on a disk that is full from the start", findings)
  findings.check(/ENOSPC|EFBIG/.test(gateway.stderr), "it is not said that there is no room")

  disk.free(gateway)
  const lines = () => gateway.stderr.split("\n")
  findings.fact(
    "first freed: all written after ms",
    await until("all state", () => missing(disk).length === 0, writtenMillis)
  )
  judgeFiles(disk, "when there is room again", findings)

  const before = lines().length
  disk.fill(gateway)
  await useIt(ask, ledger, "filled meanwhile", gateway.pid)
  await gateway.until(
    () =>
      lines()
        .slice(before)
        .some((line) => /ENOSPC|EFBIG/.test(line)),
    "a word about the full disk"
  )
  judgeFiles(disk, "on a disk that was filled meanwhile", findings)
  const said = lines()
    .slice(before)
    .filter((line) => /ENOSPC|EFBIG/.test(line))
  findings.check(
    said.every((line) => /free|space|again/.test(line)),
    `it is not said what to do: ${said[0]}`
  )

  disk.free(gateway)
  const current = () =>
    [...disk.files()].some(
      ([name, text]) => name.startsWith("instances/") && text.includes(`"pid":${backendPid(gateway.pid, "one")}`)
    )
  findings.fact(
    "freed again: running process on record after ms",
    await until("the record of the running process", current, writtenMillis)
  )
  findings.check(missing(disk).length === 0, `not written: ${missing(disk).join(", ")}`)
  await gateway.close()
  judgeFiles(disk, "after the end", findings)
  const ours = [...disk.files().keys()].filter((name) => /^(instances|status)/.test(name))
  findings.check(ours.length === 0, `files of a gateway that has ended: ${ours.join(", ")}`)
}

/** `sentinel serve` starts on a full disk as well. */
const overHttp = async (disk: ScarceDisk, config: string, ledger: Ledger) => {
  disk.fill()
  await using gateway = disk.start(["serve", "--json", "--listen", "127.0.0.1:0", "--config", config])
  const urlOf = () => textIn(objectIn(parseObject(gateway.lines.join("")), "serving"), "url", "")
  await gateway.until(() => urlOf() !== "", "where it serves")
  const client = new HttpClient(urlOf())
  await legacyOpen(client)
  await useIt(askAs(client, "legacy"), ledger, "served", gateway.pid)
  await client.close()
  gateway.signal("SIGTERM")
  await gateway.exited
}

export const fullDisk: Scenario = {
  name: "fullDisk",
  boundMillis: 60_000,
  run: async ({ arena, findings }: Stage) => {
    await using disk = await openScarceDisk(arena)
    findings.fact("by", disk.how)
    const config = join(arena.directory, "sentinel.toml")
    writeFileSync(config, gatewayConfig({ backends: [unrulyBackend(arena, "one", tireless)] }), { mode: 0o600 })
    const ledger = new Ledger("calls")
    await overStdio(disk, config, ledger, findings)
    await overHttp(disk, config, ledger)
    ledger.judgeUnharmed(findings)
  }
}
