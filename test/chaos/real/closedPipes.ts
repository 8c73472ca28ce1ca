/** Pipes that are closed at one end: by a backend that lives on, by the client, and by the death of the gateway itself. */
import { join } from "node:path"
import type { Exit } from "../../fixtures/client.ts"
import { textOf } from "../../fixtures/envelope.ts"
import { startGateway, type RunningGateway } from "../../fixtures/gateway.ts"
import { callTool, legacyOpen } from "../../fixtures/legacyClient.ts"
import { isAlive } from "../../fixtures/processes.ts"
import { untilListed } from "../../faults/opened.ts"
import { journalIn, tireless, unrulyBackend } from "./backends.ts"
import { endingOf, hasText } from "./endings.ts"
import type { Findings } from "./findings.ts"
import { openGateway, type OpenGateway } from "./gateways.ts"
import type { Scenario, Stage } from "./scenario.ts"
import { backendPid, processesOf, until } from "./slots.ts"

/** What a client may at most notice of a backend that has to be replaced, with its start. */
const replacedMillis = 2_000
/** A stdio gateway is gone this long after its client has closed its line, with a call running and no backend that resists. */
const leftMillis = 1_000

/** A backend that closes its stdout has ended as far as anyone can tell, and is replaced. */
const stdoutClosed = async ({ call, gateway, pidOf }: OpenGateway, findings: Findings) => {
  const pid = await pidOf("mute")
  const from = performance.now()
  const lost = await call("mute__close-stdout")
  findings.fact("stdout closed: answered after ms", performance.now() - from)
  findings.check(lost.code === -31005 && lost.certainty === "unknown", `it ended as ${lost.message}`)
  const next = await pidOf("mute")
  findings.inTime("stdout closed: next answer after ms", performance.now() - from, replacedMillis)
  findings.check(next !== pid && !isAlive(pid), `process ${pid} was not replaced, or outlived that`)
  findings.check(backendPid(gateway.pid, "mute") === next, "there are two of it")
}

/** A backend that closes its stdin is found by the next call, which it can't get. */
const stdinClosed = async ({ call, pidOf }: OpenGateway, journal: string, findings: Findings) => {
  const pid = await pidOf("deaf")
  await call("deaf__close-stdin")
  const from = performance.now()
  const lost = await call("deaf__echo", { text: "unheard" })
  findings.fact("stdin closed: answered after ms", performance.now() - from)
  findings.fact("stdin closed: outcome", `${lost.certainty} ${lost.code ?? ""}`)
  const arrived = journalIn(journal).includes("unheard")
  // Held until the next process is there, or lost: but never said to be one when it was the other.
  findings.check(
    arrived === hasText(lost, "unheard"),
    `the call ${arrived ? "arrived" : "never arrived"}: ${lost.message}`
  )
  const next = await pidOf("deaf")
  findings.inTime("stdin closed: next answer after ms", performance.now() - from, replacedMillis)
  findings.check(next !== pid && !isAlive(pid), `process ${pid} was not replaced, or outlived that`)
}

const backendsClose = async ({ arena, findings }: Stage) => {
  const journal = join(arena.directory, "deaf.journal")
  await using opened = await openGateway(arena, [
    unrulyBackend(arena, "mute", tireless),
    unrulyBackend(arena, "deaf", tireless, ["--journal", journal])
  ])
  await Promise.all([stdoutClosed(opened, findings), stdinClosed(opened, journal, findings)])
}

/** `sentinel stdio` with a backend in the middle of a call that ends by itself after `ms`. */
const amidCall = async ({ arena }: Stage, name: string, ms: number) => {
  const journal = join(arena.directory, `${name}.journal`)
  const gateway = startGateway({
    directory: arena.folder(name),
    env: arena.env,
    backends: [unrulyBackend(arena, "one", {}, ["--journal", journal])]
  })
  await legacyOpen(gateway.client)
  await untilListed(gateway.client, ["one__echo"])
  const reply = callTool(gateway.client, "one__echo", { text: "under way", ms })
  reply.catch(() => undefined)
  await until("the call to arrive", () => journalIn(journal).length > 0, 5_000)
  return { gateway, reply }
}

const judgeEnd = async (what: string, gateway: RunningGateway, from: number, findings: Findings): Promise<Exit> => {
  const exit = await gateway.client.exited
  findings.inTime(`${what}: gateway gone after ms`, performance.now() - from, leftMillis)
  findings.check(exit.code === 0, `${what}: the gateway ended with ${exit.signal ?? exit.code}`)
  findings.check(gateway.processes().length === 0, `${what}: processes were left: ${gateway.processes().join(", ")}`)
  return exit
}

/** The client has closed its end of the line and still reads: what runs is answered first. */
const clientClosesInput = async (stage: Stage) => {
  const { gateway, reply } = await amidCall(stage, "input", 300)
  const from = performance.now()
  gateway.client.child.stdin.end()
  const ending = endingOf(await reply)
  stage.findings.check(hasText(ending, "under way"), `the running call ended as ${ending.message}`)
  await judgeEnd("client closed stdin", gateway, from, stage.findings)
}

/** The client reads no more: the answer to the call breaks the pipe. */
const clientClosesOutput = async (stage: Stage) => {
  const { gateway } = await amidCall(stage, "output", 100)
  const from = performance.now()
  gateway.client.child.stdout.destroy()
  await judgeEnd("client closed stdout", gateway, from, stage.findings)
}

/** The gateway is killed; its backend survives the end of its stdin and SIGTERM. The next gateway ends it. */
const gatewayKilled = async ({ arena, findings }: Stage) => {
  const folder = arena.folder("killed")
  const backends = [unrulyBackend(arena, "survivor", {}, ["--stubborn"])]
  const start = async () => {
    const gateway = startGateway({ directory: folder, env: arena.env, backends })
    await legacyOpen(gateway.client)
    await untilListed(gateway.client, ["survivor__pid"])
    return gateway
  }
  const first = await start()
  await callTool(first.client, "survivor__fork", { count: 6, apart: 3 })
  const orphans = [Number(textOf(await callTool(first.client, "survivor__pid"))), ...processesOf(arena, "survivor")]
  first.client.signal("SIGKILL")
  await first.client.exited
  findings.check(orphans.length > 6 && orphans.every(isAlive), "the backend was to survive its gateway, and did not")
  const from = performance.now()
  const second = await start()
  await until("the end of the orphans", () => !orphans.some(isAlive), 10_000)
  findings.fact("gateway killed: orphans swept after ms", performance.now() - from)
  const ending = endingOf(await callTool(second.client, "survivor__echo", { text: "again" }))
  findings.check(hasText(ending, "again"), `the next gateway answered ${ending.message}`)
  await second.client.close()
  findings.check(second.processes().length === 0, `processes were left: ${second.processes().join(", ")}`)
}

export const closedPipes: Scenario = {
  name: "closedPipes",
  boundMillis: 30_000,
  run: async (stage) => {
    await Promise.all([backendsClose(stage), clientClosesInput(stage), clientClosesOutput(stage), gatewayKilled(stage)])
  }
}
