import { assert, describe, it } from "@effect/vitest"
import { textOf } from "../fixtures/envelope.ts"
import { legacyBackend } from "../fixtures/gateway.ts"
import { callTool } from "../fixtures/legacyClient.ts"
import { attackerBackend } from "../hostile/attackerBackend.ts"
import { atOnceMillis, listedTools, openGateway, timed } from "./opened.ts"
import { untilState, untilStatus, type Status } from "./status.ts"

const once = { max_restarts: 0 }

describe("backends that do not start", () => {
  it("hold up neither the gateway nor each other, and the status says of each what is wrong", async () => {
    const backends = [
      legacyBackend("exits", ["--exit-on-start", "3"], once),
      legacyBackend("hangs", ["--hang-initialize"], { ...once, start_timeout_secs: 1 }),
      { ...legacyBackend("missing", [], once), command: "no-such-command-anywhere" },
      { ...legacyBackend("elsewhere", [], once), cwd: "/no/such/directory" },
      legacyBackend("good")
    ]
    await using gateway = await openGateway({ backends }, ["good__echo"])
    const { client } = gateway
    assert.strictEqual(textOf(await callTool(client, "good__echo", { text: "fine" })), "fine")
    const down = ["exits", "hangs", "missing", "elsewhere"]
    const allDown = (status: Status) => down.every((name) => status.of(name)["state"] === "Quarantined")
    const { of } = await untilStatus(gateway, allDown, "all four to be quarantined")
    assert.include(String(of("exits")["reason"]), "exited with code 3")
    assert.deepStrictEqual(of("exits")["stderr"], ["fixture: exiting with 3 as told"])
    assert.include(String(of("hangs")["reason"]), "was not ready within 1 s (start_timeout_secs)")
    assert.include(String(of("missing")["reason"]), "no-such-command-anywhere")
    assert.include(String(of("elsewhere")["reason"]), "/no/such/directory")
    assert.deepInclude(of("good"), { state: "Ready", restarts: 0 })
    assert.isTrue((await listedTools(client)).every((name) => name.startsWith("good__")))
  })

  it("keep no list waiting for longer than the patience of a first start", async () => {
    const backends = [legacyBackend("hangs", ["--hang-initialize"]), legacyBackend("good")]
    const { millis, value } = await timed(openGateway({ backends }, ["good__echo"]))
    await using gateway = value
    assert.isBelow(millis, 1_500 + atOnceMillis)
    const { client } = gateway
    const reply = JSON.stringify(await client.request("tools/list", {}))
    assert.include(reply, '"backend":"hangs","reason":"starting"')
  })

  it("are spared the probe when they die of it, and serve, then and after the next crash", async () => {
    const backends = [attackerBackend("one", "dies-of-probe", { max_restarts: 2 })]
    await using gateway = await openGateway({ backends }, ["one__lists"])
    const { client } = gateway
    const { of } = await untilState(gateway, "one", "Ready")
    assert.deepInclude(of("one"), { restarts: 1, protocol: "2025-11-25" })
    process.kill(Number(of("one")["pid"]), "SIGKILL")
    // One restart and not two: it is remembered what the probe does.
    await untilStatus(gateway, (status) => status.of("one")["restarts"] === 2, "the second restart")
    await untilState(gateway, "one", "Ready")
    assert.strictEqual(textOf(await callTool(client, "one__lists")), "1")
  })
})
