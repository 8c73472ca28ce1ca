import { assert, describe, it } from "@effect/vitest"
import { textOf } from "../fixtures/envelope.ts"
import { legacyBackend } from "../fixtures/gateway.ts"
import { callTool } from "../fixtures/legacyClient.ts"
import { residentMegabytes } from "./memory.ts"
import { openGateway, pidOf } from "./opened.ts"
import { untilStatus } from "./status.ts"

const lines = 100_000

describe("a backend that floods its stderr", () => {
  it("is read to the end, costs no memory, and its last words are in the status", async () => {
    await using gateway = await openGateway({ backends: [legacyBackend("one"), legacyBackend("two")] }, [
      "one__pid",
      "two__pid"
    ])
    const { client } = gateway
    const pid = await pidOf(client, "one")
    const before = residentMegabytes(client.pid)
    const flood = callTool(client, "one__flood-stderr", { lines })
    assert.strictEqual(textOf(await callTool(client, "two__echo", { text: "meanwhile" })), "meanwhile")
    // The fixture waits for its reader: with nobody reading, it would never answer.
    assert.strictEqual(textOf(await flood), `${lines} lines`)
    assert.isBelow(residentMegabytes(client.pid) - before, 60)
    assert.strictEqual(await pidOf(client, "one"), pid)
    const last = `stderr line ${lines} of ${lines}`
    const hasLast = ({ stderr }: { readonly stderr?: unknown }) => Array.isArray(stderr) && stderr.includes(last)
    const { of } = await untilStatus(gateway, (status) => hasLast(status.of("one")), "the last line")
    assert.isAtMost(JSON.stringify(of("one")["stderr"]).length, 1_000)
    assert.notInclude(client.stderr, "stderr line")
  })
})
